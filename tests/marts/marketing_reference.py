"""Campaign averages worked out with pandas from the raw files, without the warehouse's code."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

WINDOW_DAYS = 28


def read_campaigns(folder: Path) -> dict[str, pd.DataFrame]:
    """The grocery's campaign files, with column names in lower case."""
    names = ("campaign_desc", "campaign_table", "coupon", "coupon_redempt")
    tables = {name: pd.read_csv(folder / f"{name}.csv") for name in names}
    return {name: table.rename(columns=str.lower) for name, table in tables.items()}


def campaign_averages(
    lines: pd.DataFrame, tables: dict[str, pd.DataFrame], own: Callable[[int], dict[str, set[int]]]
) -> pd.DataFrame:
    """Average daily sales in dollars per household of each campaign.

    `own` gives the sets of product ids of a campaign to look at, by name. One row per campaign and
    name: households and, for exposed and unexposed, all and own sales before, during and after.
    """
    rows = []
    mailings = tables["campaign_table"]
    for campaign in tables["campaign_desc"].itertuples():
        start, end = campaign.start_day, campaign.end_day
        spans = {
            "before": (start - WINDOW_DAYS, start - 1),
            "during": (start, end),
            "after": (end + 1, end + WINDOW_DAYS),
        }
        near = lines[lines["day"].between(start - WINDOW_DAYS, end + WINDOW_DAYS)]
        mailed = set(mailings.loc[mailings["campaign"] == campaign.campaign, "household_key"])
        bought = near[(near["quantity"] > 0) & near["day"].between(*spans["before"])]
        groups = {"exposed": mailed, "unexposed": set(bought["household_key"]) - mailed}
        theirs = {name: near[near["household_key"].isin(mine)] for name, mine in groups.items()}
        for name, products in own(campaign.campaign).items():
            row = {"campaign_id": str(campaign.campaign), "name": name}
            for group, households in groups.items():
                row[f"{group}_households"] = len(households)
                of_products = theirs[group][theirs[group]["product_id"].isin(products)]
                for kind, seen in (("", theirs[group]), ("own_", of_products)):
                    for period, (first, last) in spans.items():
                        cents = seen.loc[seen["day"].between(first, last), "cents"].sum()
                        household_days = (last - first + 1) * len(households)
                        row[f"{group}_{kind}daily_sales_{period}"] = (
                            cents / 100 / household_days if household_days else None
                        )
            rows.append(row)
    return pd.DataFrame(rows)
