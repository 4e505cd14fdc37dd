"""Days of the panel as files: transaction lines and coupon redemptions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sample.answers import Totals
from sample.csv_columns import CsvFile, cents_column
from sample.grocery.calendar import week_of
from sample.grocery.panel import Panel
from sample.grocery.simulation import Day

Ints = npt.NDArray[np.int64]

COLUMNS = [
    "household_key", "basket_id", "day", "product_id", "quantity", "sales_value", "store_id",
    "retail_disc", "trans_time", "week_no", "coupon_disc", "coupon_match_disc",
]  # fmt: skip
AMOUNTS = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")
REDEMPTION_COLUMNS = ["household_key", "day", "coupon_upc", "campaign"]


@dataclass(frozen=True)
class Rows:
    """Rows of transaction_data, one array per column; amounts in cents."""

    columns: dict[str, Ints]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.columns["day"])

    def take(self, rows: npt.NDArray[Any]) -> "Rows":
        """Return the rows at these positions, or those where the mask is true."""
        return Rows({name: values[rows] for name, values in self.columns.items()})

    def totals(self) -> Totals:
        """Return the sums over the rows that the facts must have."""
        c = self.columns
        reduced = int(c["retail_disc"].sum() + c["coupon_match_disc"].sum())
        net = int(c["sales_value"].sum())
        return Totals(
            orders=len(np.unique(c["basket_id"])),
            lines=len(self),
            quantity=int(c["quantity"].sum()),
            gross=net - reduced,
            discount=-reduced,
            net=net,
            manufacturer_coupon=-int(c["coupon_disc"].sum()),
        )


def rows_of(panel: Panel, day: Day) -> Rows:
    """Return a day's lines as rows of the file, ordered by basket and product."""
    lines, trips = day.lines, day.trips
    n = len(lines.trip)
    return Rows(
        {
            "household_key": trips.household[lines.trip] + 1,
            "basket_id": day.basket_id[lines.trip],
            "day": np.full(n, day.day),
            "product_id": panel.catalogue.product_id[lines.product],
            "quantity": lines.quantity,
            "sales_value": lines.sales,
            "store_id": panel.store_id[trips.store[lines.trip]],
            "retail_disc": lines.retail_disc,
            "trans_time": trips.time[lines.trip],
            "week_no": np.full(n, week_of(day.day)),
            "coupon_disc": lines.coupon_disc,
            "coupon_match_disc": lines.match_disc,
        }
    )


def join_rows(parts: list[Rows]) -> Rows:
    """Return the rows of all parts, one after another."""
    return Rows({name: np.concatenate([p.columns[name] for p in parts]) for name in COLUMNS})


def write_rows(file: CsvFile, rows: Rows) -> None:
    """Append the rows to a file of transactions."""
    file.write(
        {
            name: cents_column(values) if name in AMOUNTS else values
            for name, values in rows.columns.items()
        }
    )


def redemptions_of(panel: Panel, day: Day) -> dict[str, Ints]:
    """Return a day's coupon redemptions as columns, each combination once."""
    redeemed = day.lines.take(day.lines.entry >= 0)
    household = day.trips.household[redeemed.trip] + 1
    upc = panel.campaigns.entry_upc[redeemed.entry]
    rows = np.unique(np.stack([household, upc, redeemed.campaign + 1]), axis=1)
    return {
        "household_key": rows[0],
        "day": np.full(rows.shape[1], day.day),
        "coupon_upc": rows[1],
        "campaign": rows[2],
    }
