"""The customer marts worked out with pandas from the raw files, without the warehouse's code.

Tickets and baskets become one frame of orders: source_system, customer_id (text), order_date
(Timestamp), is_purchase, revenue (currency of the source). Amounts are summed in whole cents.
"""

import csv
import hashlib
import hmac
from pathlib import Path

import numpy as np
import pandas as pd

PANEL_DAY_ZERO = pd.Timestamp("2004-03-22")
EDGES = (0.2, 0.4, 0.6, 0.8)


def read_grocery_lines(folder: Path) -> pd.DataFrame:
    """The basket lines as in the file, column names in lower case, sales in whole cents."""
    lines = pd.read_csv(folder / "transaction_data_sample_100k.csv")
    lines.columns = lines.columns.str.lower()
    lines["cents"] = (lines["sales_value"] * 100).round().astype("int64")
    return lines


def read_orders(folder: Path, token_key: str) -> pd.DataFrame:
    """All café tickets and grocery baskets of the folder of real files."""
    return pd.concat(
        [_cafe_orders(folder / "cafe", token_key), _grocery_orders(folder / "grocery")],
        ignore_index=True,
    )


def _cafe_orders(folder: Path, token_key: str) -> pd.DataFrame:
    rows = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for moment, _, _, _, total, _, card in csv.reader(file):
                token = hmac.new(bytes.fromhex(token_key), card.encode(), hashlib.sha256)
                rows.append(
                    (moment, token.hexdigest() if card else None, round(float(total) * 100))
                )
    tickets = pd.DataFrame(rows, columns=["moment", "customer_id", "cents"])
    return pd.DataFrame(
        {
            "source_system": "cafe",
            "customer_id": tickets["customer_id"],
            "order_date": pd.to_datetime(tickets["moment"], format="%d/%m/%Y %H:%M").dt.normalize(),
            "is_purchase": True,
            "cents": tickets["cents"],
        }
    )


def _grocery_orders(folder: Path) -> pd.DataFrame:
    lines = read_grocery_lines(folder)
    lines["is_sold"] = lines["quantity"] > 0
    baskets = lines.groupby(["basket_id", "household_key", "day"], as_index=False).agg(
        is_purchase=("is_sold", "any"), cents=("cents", "sum")
    )
    return pd.DataFrame(
        {
            "source_system": "grocery",
            "customer_id": baskets["household_key"].astype(str),
            "order_date": PANEL_DAY_ZERO + pd.to_timedelta(baskets["day"], unit="D"),
            "is_purchase": baskets["is_purchase"],
            "cents": baskets["cents"],
        }
    )


def default_as_of(orders: pd.DataFrame) -> dict[str, pd.Timestamp]:
    """The day after each source's last order."""
    last = orders.groupby("source_system")["order_date"].max()
    return {str(source): day + pd.Timedelta(days=1) for source, day in last.items()}


def _until(orders: pd.DataFrame, as_of: dict[str, pd.Timestamp]) -> pd.DataFrame:
    days = orders["source_system"].map(as_of)
    return orders[(orders["order_date"] <= days) & orders["customer_id"].notna()]


def _edges_below(values: pd.Series) -> pd.Series:
    edges = np.quantile(values.astype(float), EDGES)
    return sum((values > edge).astype(int) for edge in edges)


def rfm(orders: pd.DataFrame, as_of: dict[str, pd.Timestamp]) -> pd.DataFrame:
    """One row per identified customer with a purchase: recency, frequency, money and scores."""
    seen = _until(orders, as_of)
    keys = ["source_system", "customer_id"]
    bought = seen[seen["is_purchase"]].groupby(keys)["order_date"].agg(["max", "size"])
    table = bought.join(seen.groupby(keys)["cents"].sum()).reset_index()
    table["as_of_date"] = table["source_system"].map(as_of)
    table["recency_days"] = (table["as_of_date"] - table["max"]).dt.days
    scores = []
    for _, customers in table.groupby("source_system"):
        scores.append(
            pd.DataFrame(
                {
                    "r_score": 5 - _edges_below(customers["recency_days"]),
                    "f_score": 1 + _edges_below(customers["size"]),
                    "m_score": 1 + _edges_below(customers["cents"]),
                }
            )
        )
    return table.rename(columns={"max": "last_order_date", "size": "frequency"}).join(
        pd.concat(scores)
    )


def segment(r_score: int, f_score: int) -> str:
    """The customer segment of a pair of scores, by the published table."""
    if r_score <= 2:
        return "hibernating" if f_score <= 2 else "at_risk" if f_score <= 4 else "cant_lose"
    if f_score >= 4:
        return "champion" if r_score == 5 else "loyal"
    if r_score == 3:
        return "need_attention" if f_score == 3 else "about_to_sleep"
    if f_score == 1:
        return "promising" if r_score == 4 else "new"
    return "potential_loyalist"


def lifetime(orders: pd.DataFrame, as_of: dict[str, pd.Timestamp]) -> pd.DataFrame:
    """One row per identified customer with a purchase; mean_repeat_cents is in cents."""
    keys = ["source_system", "customer_id"]
    daily = (
        _until(orders, as_of)
        .groupby([*keys, "order_date"])
        .agg(is_purchase=("is_purchase", "any"), cents=("cents", "sum"))
        .reset_index()
    )
    rows = []
    for (source, customer), mine in daily[daily["is_purchase"]].groupby(keys):
        days = list(mine["order_date"])
        repeats = list(mine["cents"])[1:]
        rows.append(
            {
                "source_system": source,
                "customer_id": customer,
                "first_order_date": days[0],
                "last_order_date": days[-1],
                "repeat_days": len(repeats),
                "first_to_last_days": (days[-1] - days[0]).days,
                "age_days": (as_of[str(source)] - days[0]).days,
                "mean_repeat_cents": sum(repeats) / len(repeats) if repeats else 0.0,
            }
        )
    return pd.DataFrame(rows)


def cohorts(orders: pd.DataFrame, as_of: dict[str, pd.Timestamp]) -> pd.DataFrame:
    """One row per source, first-purchase month and month up to that of the source's last order."""
    seen = _until(orders, as_of).assign(month=lambda o: o["order_date"].dt.to_period("M"))
    rows = []
    for source, mine in seen.groupby("source_system"):
        bought = mine[mine["is_purchase"]]
        firsts = bought.groupby("customer_id")["month"].min()
        last = orders.loc[orders["source_system"] == source, "order_date"].max().to_period("M")
        for cohort in sorted(firsts.unique()):
            members = set(firsts.index[firsts == cohort])
            for month in pd.period_range(cohort, last, freq="M"):
                there = mine[(mine["month"] == month) & mine["customer_id"].isin(members)]
                rows.append(
                    {
                        "source_system": source,
                        "cohort_month": cohort.to_timestamp(),
                        "months_since": (month - cohort).n,
                        "customers": len(members),
                        "active_customers": there.loc[
                            there["is_purchase"], "customer_id"
                        ].nunique(),
                        "cents": there["cents"].sum(),
                    }
                )
    return pd.DataFrame(rows)


def household_summary(folder: Path) -> pd.DataFrame:
    """The published household summary's method on the lines of the folder; amounts in cents."""
    lines = read_grocery_lines(folder)
    products = pd.read_csv(folder / "product.csv", keep_default_na=False)
    products.columns = products.columns.str.lower()
    sections = pd.read_csv(folder / "section_map.csv").set_index("commodity_desc")["section"]

    kept = lines[(lines["quantity"] > 0) & (lines["sales_value"] > 0)]
    kept = kept[kept["day"].between(101, 708)]
    kept = kept.merge(
        products[["product_id", "commodity_desc", "sub_commodity_desc"]], on="product_id"
    )
    gasoline = "GASOLINE-REG UNLEADED"
    kept = kept[(kept["sub_commodity_desc"] != gasoline) & (kept["commodity_desc"] != gasoline)]
    kept["section"] = kept["commodity_desc"].map(sections).fillna("misc")
    kept = kept[kept.groupby("household_key")["day"].transform("nunique") > 1]

    summary = kept.pivot_table(
        index="household_key", columns="section", values="cents", aggfunc="sum", fill_value=0
    ).reindex(columns=sorted(sections.unique()), fill_value=0)
    households = kept.groupby("household_key")
    summary["total_sales"] = households["cents"].sum()
    first, last = households["day"].min(), households["day"].max()
    summary["r_score"] = 1 + sum((last > edge).astype(int) for edge in (525, 615, 675, 700))
    frequency = households["basket_id"].nunique() / (last - first + 1)
    summary["f_score"] = 1 + _edges_below(frequency)
    summary["m_score"] = 1 + _edges_below(np.log(summary["total_sales"] / 100))
    summary["rfm_score"] = summary[["r_score", "f_score", "m_score"]].sum(axis=1)
    summary["rfm_bins"] = 1 + sum(
        (summary["rfm_score"] > edge).astype(int) for edge in (5, 8, 12, 14)
    )
    demographics = pd.read_csv(folder / "hh_demographic.csv")
    return summary[summary.index.isin(demographics["household_key"])].sort_index()
