"""Counts the truth and the expected results of loading, day by day."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sample.answers import SourceAnswers
from sample.grocery.calendar import date_of
from sample.grocery.panel import Panel
from sample.grocery.simulation import Day
from sample.grocery.transactions import Rows

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass
class Truth:
    """What really happened, whatever happens to the files.

    last_day, baskets: per household. mailed_sales: per campaign, what mailed households bought
    anyway while it ran; added_sales: what they bought because of it (cents).
    """

    last_day: Ints
    baskets: Ints
    mailed_sales: Ints
    added_sales: Ints

    @classmethod
    def of(cls, panel: Panel) -> "Truth":
        """Return the truth before the first day."""
        households, campaigns = len(panel.households), len(panel.campaigns)
        return cls(*(np.zeros(n, dtype=np.int64) for n in (households,) * 2 + (campaigns,) * 2))

    def add(self, panel: Panel, day: Day) -> None:
        """Count a day."""
        lines, trips, mail = day.lines, day.trips, panel.campaigns
        self.last_day[trips.household] = day.day
        self.baskets += np.bincount(trips.household, minlength=len(self.baskets))
        is_caused = lines.campaign >= 0
        np.add.at(self.added_sales, lines.campaign[is_caused], lines.sales[is_caused])
        own = np.zeros(len(self.baskets), dtype=np.int64)
        np.add.at(own, trips.household[lines.trip[~is_caused]], lines.sales[~is_caused])
        runs = (mail.start_day[mail.campaign] <= day.day) & (day.day <= mail.end_day[mail.campaign])
        np.add.at(self.mailed_sales, mail.campaign[runs], own[mail.household[runs]])


@dataclass
class Loaded:
    """What is in the files that must be loaded."""

    is_buying: Flags
    is_visited: Flags
    lines_of_product: Ints
    order: Ints
    sorted_ids: Ints
    redemptions: int = 0
    redeeming: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, panel: Panel) -> "Loaded":
        """Return the count before the first file."""
        ids = panel.catalogue.product_id
        order = np.argsort(ids)
        return cls(
            is_buying=np.zeros(len(panel.households), dtype=bool),
            is_visited=np.zeros(panel.shape.stores, dtype=bool),
            lines_of_product=np.zeros(len(ids), dtype=np.int64),
            order=order,
            sorted_ids=ids[order],
        )

    def add(self, panel: Panel, day: int, rows: Rows, answers: SourceAnswers) -> None:
        """Count one day's rows, all of that day that are ever loaded."""
        if not len(rows):
            return
        answers.by_day[date_of(day).isoformat()] = rows.totals()
        self.is_buying[rows.columns["household_key"] - 1] = True
        self.is_visited[np.searchsorted(panel.store_id, rows.columns["store_id"])] = True
        place = np.searchsorted(self.sorted_ids, rows.columns["product_id"])
        self.lines_of_product += np.bincount(
            self.order[place], minlength=len(self.lines_of_product)
        )

    def add_redemptions(self, redeemed: dict[str, Ints]) -> None:
        """Count a day's coupon redemptions."""
        self.redemptions += len(redeemed["day"])
        self.redeeming.update(redeemed["household_key"].tolist())

    def facts(self, panel: Panel, products_in_master: int) -> dict[str, int]:
        """Return the counts that are expected results in themselves."""
        mail = panel.campaigns
        of_campaign = np.repeat(np.arange(len(mail)), mail.entry_count)
        entries = np.unique(np.stack([mail.entry_upc, mail.entry_product, of_campaign]), axis=1)
        return {
            "households": int(self.is_buying.sum()),
            "stores": int(self.is_visited.sum()),
            "products_in_master": products_in_master,
            "products_sold": int((self.lines_of_product > 0).sum()),
            "campaigns": len(mail),
            "mailings": len(mail.household),
            "coupons": len(np.unique(mail.entry_upc)),
            "coupon_rows_distinct": entries.shape[1],
            "redemptions": self.redemptions,
            "households_redeeming": len(self.redeeming),
        }
