"""The sales and product marts worked out from the raw files, without the warehouse's code.

Tickets and baskets become one frame of lines: source_system, order (a number of its own),
customer_id (None without a card), store_id, product_id (texts), order_date (Timestamp),
currency_code, quantity, and gross, discount and net in whole cents. All lines of the real files
are sales.
"""

import csv
import hashlib
import hmac
from collections import Counter
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from tests.marts.customer_reference import PANEL_DAY_ZERO, read_grocery_lines

BRANCH = ["source_system", "store_id", "currency_code"]


class Rule(NamedTuple):
    """An affinity a → b, with exact ratios."""

    product_a: str
    product_b: str
    confidence: Fraction
    lift: Fraction


def read_lines(folder: Path, token_key: str) -> pd.DataFrame:
    """All café and grocery lines of the folder of real files."""
    return pd.concat(
        [_cafe_lines(folder / "cafe", token_key), _grocery_lines(folder / "grocery")],
        ignore_index=True,
    )


def _cafe_lines(folder: Path, token_key: str) -> pd.DataFrame:
    rows = []
    order = 0
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for moment, branch, _, products, _, _, card in csv.reader(file):
                order += 1
                token = hmac.new(bytes.fromhex(token_key), card.encode(), hashlib.sha256)
                prices = {}
                pieces = [piece.rsplit(" - ", 1) for piece in products.split(", ")]
                names = Counter(" ".join(name.split()) for name, _ in pieces)
                for name, price in pieces:
                    prices[" ".join(name.split())] = round(float(price) * 100)
                for name, count in names.items():
                    customer = token.hexdigest() if card else None
                    rows.append(
                        (order, customer, branch, name, moment, count, count * prices[name])
                    )
    columns = ["order", "customer_id", "store_id", "product_id", "moment", "quantity", "gross"]
    lines = pd.DataFrame(rows, columns=columns)
    dates = pd.to_datetime(lines.pop("moment"), format="%d/%m/%Y %H:%M").dt.normalize()
    return lines.assign(
        source_system="cafe",
        order_date=dates,
        currency_code="GBP",
        discount=0,
        net=lines["gross"],
    )


def _grocery_lines(folder: Path) -> pd.DataFrame:
    lines = read_grocery_lines(folder)
    given = ((lines["retail_disc"] + lines["coupon_match_disc"]) * -100).round().astype("int64")
    return pd.DataFrame(
        {
            "source_system": "grocery",
            "order": lines["basket_id"],
            "customer_id": lines["household_key"].astype(str),
            "store_id": lines["store_id"].astype(str),
            "product_id": lines["product_id"].astype(str),
            "order_date": PANEL_DAY_ZERO + pd.to_timedelta(lines["day"], unit="D"),
            "currency_code": "USD",
            "quantity": lines["quantity"],
            "gross": lines["cents"] + given,
            "discount": given,
            "net": lines["cents"],
        }
    )


def sales_daily(lines: pd.DataFrame) -> pd.DataFrame:
    """Per store, day and currency."""
    return _grouped(lines, [*BRANCH, "order_date"]).reset_index()


def product_sales(lines: pd.DataFrame, within: list[str]) -> pd.DataFrame:
    """Per product within the columns named, with ranks."""
    table = _grouped(lines, [*within, "product_id"]).reset_index()
    for rank, order in (("net_rank", ["net", "quantity"]), ("quantity_rank", ["quantity", "net"])):
        table = table.sort_values([*order, "product_id"], ascending=[False, False, True])
        table[rank] = table.groupby(within).cumcount() + 1
    return table


def _grouped(lines: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return lines.groupby(keys).agg(
        orders=("order", "nunique"),
        customers=("customer_id", "nunique"),
        lines=("order", "size"),
        quantity=("quantity", "sum"),
        gross=("gross", "sum"),
        discount=("discount", "sum"),
        net=("net", "sum"),
    )


def branch_months(lines: pd.DataFrame) -> pd.DataFrame:
    """Per store and month, without gaps to the source's last month: net, previous, year to date."""
    month = lines["order_date"].dt.to_period("M")
    last = month.groupby(lines["source_system"]).max()
    frames = []
    for keys, net in lines.groupby([*BRANCH, month])["net"].sum().groupby(level=BRANCH):
        net = net.droplevel(BRANCH)
        months = pd.period_range(net.index.min(), last[keys[0]], freq="M")
        net = net.reindex(months, fill_value=0)
        to_date = net.groupby(months.year).cumsum()
        frames.append(
            pd.DataFrame(
                {
                    **dict(zip(BRANCH, keys, strict=True)),
                    "order_month": months.to_timestamp(),
                    "net": net.to_numpy(),
                    "previous": net.reindex(months - 1).to_numpy(),
                    "to_date": to_date.to_numpy(),
                    "last_year": to_date.reindex(months - 12).to_numpy(),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def affinity(lines: pd.DataFrame, min_orders: int) -> pd.DataFrame:
    """Ordered pairs of products of one source's purchases, with counts of purchases."""
    sold = lines[lines["quantity"] > 0]
    rows = []
    for source, mine in sold.groupby("source_system"):
        baskets = mine.groupby("order")["product_id"].agg(lambda ids: sorted(set(ids)))
        single: Counter[str] = Counter()
        both: Counter[tuple[str, str]] = Counter()
        for basket in baskets:
            single.update(basket)
            both.update(combinations(basket, 2))
        for (first, second), count in both.items():
            if count >= min_orders:
                for a, b in ((first, second), (second, first)):
                    rows.append((source, a, b, single[a], single[b], count, len(baskets)))
    names = ["source_system", "product_id_a", "product_id_b", "orders_a", "orders_b"]
    return pd.DataFrame(rows, columns=[*names, "orders_both", "purchases"])


def recommendations(
    lines: pd.DataFrame, pairs: pd.DataFrame, *, recommend_bought: bool = False
) -> dict[tuple[str, str], list[Rule]]:
    """The best ten rules per source and customer, of all rules of all bought products."""
    rules: dict[tuple[str, str], list[Rule]] = {}
    for pair in pairs.itertuples():
        rule = Rule(
            pair.product_id_a,
            pair.product_id_b,
            Fraction(pair.orders_both, pair.orders_a),
            Fraction(pair.orders_both * pair.purchases, pair.orders_a * pair.orders_b),
        )
        rules.setdefault((pair.source_system, pair.product_id_a), []).append(rule)
    sold = lines[(lines["quantity"] > 0) & lines["customer_id"].notna()]
    best = {}
    for (source, customer), ids in sold.groupby(["source_system", "customer_id"])["product_id"]:
        bought = set(ids)
        found: dict[str, Rule] = {}
        for rule in (rule for product in bought for rule in rules.get((source, product), [])):
            if rule.product_b in bought and not recommend_bought:
                continue
            known = found.get(rule.product_b)
            if known is None or _strength(rule) < _strength(known):
                found[rule.product_b] = rule
        if found:
            best[source, customer] = sorted(found.values(), key=_strength)[:10]
    return best


def _strength(rule: Rule) -> tuple[Fraction, Fraction, str, str]:
    return (-rule.confidence, -rule.lift, rule.product_b, rule.product_a)
