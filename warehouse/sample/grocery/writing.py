"""Writing a panel's files, day by day, and counting their known answers on the way."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from warehouse.sample.answers import FileAnswer, SourceAnswers
from warehouse.sample.csv_files import CsvFile
from warehouse.sample.grocery.calendar import date_of
from warehouse.sample.grocery.campaigns import write_campaigns, write_effects
from warehouse.sample.grocery.catalogue import write_companions, write_products
from warehouse.sample.grocery.households import write_demographics, write_truth
from warehouse.sample.grocery.panel import Panel
from warehouse.sample.grocery.promotions import write_promotions
from warehouse.sample.grocery.simulation import Day, simulate
from warehouse.sample.grocery.transactions import (
    COLUMNS,
    REDEMPTION_COLUMNS,
    redemptions_of,
    rows_of,
    write_rows,
)
from warehouse.sample.report import Folders, SourceReport

Ints = npt.NDArray[np.int64]


def write_panel(
    panel: Panel,
    folders: Folders,
    *,
    days_per_file: int | None = None,
    has_truth: bool = True,
) -> SourceReport:
    """Write all files of a panel without faults; see `warehouse.sample.grocery.write`."""
    folders.files.mkdir(parents=True, exist_ok=True)
    answers = SourceAnswers()
    written = _write_masters(panel, folders)
    tally = Tally.of(panel)
    answers.files += written
    answers.files += _write_days(panel, folders, days_per_file, answers, tally)
    if panel.shape.causal_rows:
        path = folders.files / "causal_data.csv"
        rows = write_promotions(path, panel)
        answers.files.append(FileAnswer(folders.name(path), "causal_data", rows))
    for answer in answers.files:
        table = str(answer.table)
        answers.table_rows[table] = answers.table_rows.get(table, 0) + answer.rows
    answers.facts = tally.facts(panel)
    if has_truth:
        _write_truth(panel, folders.truth, tally)
    return SourceReport(
        "grocery",
        [folders.root / answer.file for answer in answers.files],
        sum(answer.rows for answer in answers.files),
        answers,
    )


@dataclass
class Tally:
    """What is counted while the days go by, per household, campaign and product."""

    last_day: Ints
    baskets: Ints
    mailed_sales: Ints
    added_sales: Ints
    is_sold: npt.NDArray[np.bool_]
    is_visited: npt.NDArray[np.bool_]
    redemptions: int = 0
    redeeming: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, panel: Panel) -> "Tally":
        """Return an empty tally."""
        households, campaigns = len(panel.households), len(panel.campaigns)
        return cls(
            last_day=np.zeros(households, dtype=np.int64),
            baskets=np.zeros(households, dtype=np.int64),
            mailed_sales=np.zeros(campaigns, dtype=np.int64),
            added_sales=np.zeros(campaigns, dtype=np.int64),
            is_sold=np.zeros(panel.shape.products, dtype=bool),
            is_visited=np.zeros(panel.shape.stores, dtype=bool),
        )

    def add(self, panel: Panel, day: Day) -> None:
        """Count a day."""
        lines, trips, mail = day.lines, day.trips, panel.campaigns
        self.last_day[trips.household] = day.day
        self.baskets += np.bincount(trips.household, minlength=len(self.baskets))
        self.is_sold[lines.product] = True
        self.is_visited[trips.store] = True
        is_caused = lines.campaign >= 0
        np.add.at(self.added_sales, lines.campaign[is_caused], lines.sales[is_caused])
        own = np.zeros(len(self.baskets), dtype=np.int64)
        np.add.at(own, trips.household[lines.trip[~is_caused]], lines.sales[~is_caused])
        runs = (mail.start_day[mail.campaign] <= day.day) & (day.day <= mail.end_day[mail.campaign])
        np.add.at(self.mailed_sales, mail.campaign[runs], own[mail.household[runs]])

    def facts(self, panel: Panel) -> dict[str, int]:
        """Return the counts that are known answers of their own."""
        mail = panel.campaigns
        pairs = np.stack([mail.entry_upc, mail.entry_product])
        of_campaign = np.repeat(np.arange(len(mail)), mail.entry_count)
        return {
            "households": int((self.baskets > 0).sum()),
            "stores": int(self.is_visited.sum()),
            "products_in_master": panel.shape.products,
            "products_sold": int(self.is_sold.sum()),
            "campaigns": len(mail),
            "mailings": len(mail.household),
            "coupons": len(np.unique(mail.entry_upc)),
            "coupon_rows_distinct": np.unique(np.vstack([pairs, of_campaign]), axis=1).shape[1],
            "redemptions": self.redemptions,
            "households_redeeming": len(self.redeeming),
        }


def _write_masters(panel: Panel, folders: Folders) -> list[FileAnswer]:
    rows = {"product": write_products(folders.files / "product.csv", panel.catalogue)}
    rows["hh_demographic"] = write_demographics(
        folders.files / "hh_demographic.csv", panel.households, panel.seed
    )
    rows |= write_campaigns(folders.files, panel.campaigns, panel.catalogue, panel.seed)
    return [
        FileAnswer(folders.name(folders.files / f"{table}.csv"), table, count)
        for table, count in rows.items()
    ]


def _write_days(
    panel: Panel,
    folders: Folders,
    days_per_file: int | None,
    answers: SourceAnswers,
    tally: Tally,
) -> list[FileAnswer]:
    step = days_per_file or panel.shape.days
    written: list[FileAnswer] = []
    lines: CsvFile | None = None
    coupons: CsvFile | None = None
    for day in simulate(panel):
        if lines is None or coupons is None:
            until = min(day.day + step - 1, panel.shape.days)
            suffix = f"_day_{day.day:04d}-{until:04d}" if days_per_file else ""
            lines = CsvFile(folders.files / f"transaction_data{suffix}.csv", COLUMNS)
            coupons = CsvFile(folders.files / f"coupon_redempt{suffix}.csv", REDEMPTION_COLUMNS)
        rows = rows_of(panel, day)
        redeemed = redemptions_of(panel, day)
        tally.add(panel, day)
        tally.redemptions += len(redeemed["day"])
        tally.redeeming.update(redeemed["household_key"].tolist())
        write_rows(lines, rows)
        coupons.write(redeemed)
        if len(rows):
            answers.by_day[date_of(day.day).isoformat()] = rows.totals()
        if day.day % step == 0 or day.day == panel.shape.days:
            written += _close(folders, lines, "transaction_data")
            written += _close(folders, coupons, "coupon_redempt")
            lines = coupons = None
    return written


def _close(folders: Folders, file: CsvFile, table: str) -> list[FileAnswer]:
    """Close a file; one without a row is taken away again, as no till exports it."""
    file.close()
    if not file.rows:
        file.path.unlink()
        return []
    return [FileAnswer(folders.name(file.path), table, file.rows)]


def _write_truth(panel: Panel, folder: Path, tally: Tally) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_truth(folder / "grocery_households.csv", panel.households, tally.last_day, tally.baskets)
    write_effects(
        folder / "grocery_campaigns.csv", panel.campaigns, tally.mailed_sales, tally.added_sales
    )
    write_companions(folder / "grocery_companions.csv", panel.catalogue)
