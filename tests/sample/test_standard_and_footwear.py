"""The standard files and the shoe company's: answers against an independent count with pandas."""

import gzip
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sample import footwear, standard

Made = tuple[Path, dict[str, Any]]


@pytest.fixture(scope="module", params=[False, True])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    out = tmp_path_factory.mktemp("shop")
    return out, standard.write_scaled(out, 0.4, 3, request.param).answers.as_json()


@pytest.fixture(scope="module", params=[False, True])
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    out = tmp_path_factory.mktemp("company")
    return out, footwear.write_scaled(out, 0.4, 3, request.param).answers.as_json()


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path).replace("", None)
    content = path.read_bytes()
    text = gzip.decompress(content) if path.suffix == ".gz" else content
    return pd.read_csv(io.BytesIO(text), dtype=str)


def loaded(made: Made, table: str) -> pd.DataFrame:
    """The good rows of all files of a table that must be loaded, `file` beside them."""
    out, answers = made
    parts = []
    for answer in answers["files"]:
        if answer["table"] == table and answer["outcome"] == "loaded":
            rows = read(out / answer["file"])
            assert len(rows) == answer["rows"]
            bad = [reject["line"] - 2 for reject in answer["rejects"]]
            parts.append(rows.drop(index=bad).assign(file=answer["file"]))
    return pd.concat(parts, ignore_index=True)


def money(value: Any) -> str:
    return f"{value:.2f}"


def test_standard_answers_are_what_the_files_hold(shop: Made) -> None:
    lines = loaded(shop, "order_lines")
    answers = shop[1]
    assert answers["table_rows"]["order_lines"] == len(lines)
    for name in ("quantity", "unit_price", "discount_amount"):
        lines[name] = lines[name].astype(float).fillna(0)
    given_back = (lines["quantity"] < 0) | (lines["line_type"] == "return")
    sign = given_back.map({True: -1, False: 1})
    lines["pieces"] = sign * lines["quantity"].abs()
    lines["gross"] = lines["pieces"] * lines["unit_price"]
    lines["net"] = lines["gross"] - sign * lines["discount_amount"]
    for answer in answers["files"]:
        if answer["control"] is not None and answer["outcome"] == "loaded":
            net = lines.loc[lines["file"] == answer["file"], "net"].sum()
            assert answer["control"] == money(net)
    # The late file has its orders whole.
    late = set(lines.loc[lines["file"].str.startswith("late/"), "order_id"])
    is_old = lines["order_id"].isin(late) & ~lines["file"].str.startswith("late/")
    live = lines[~is_old]
    totals = answers["totals"]
    assert totals["orders"] == live["order_id"].nunique()
    assert totals["order_lines"] == len(live)
    assert totals["quantity"] == live["pieces"].sum()
    assert totals["gross_amount"] == money(live["gross"].sum())
    assert totals["net_amount"] == money(live["net"].sum())
    by_currency = live.groupby(live["currency_code"].fillna("default"))["net"].sum()
    assert answers["facts"]["net_by_currency"] == {c: money(v) for c, v in by_currency.items()}
    orders = live.drop_duplicates("order_id")
    assert answers["facts"]["anonymous_orders"] == orders["customer_id"].isna().sum()


def test_standard_files_show_all_that_the_source_allows(shop: Made) -> None:
    lines = loaded(shop, "order_lines")
    assert set(lines["line_type"].dropna()) == {"return", "gift", "void", "exchange"}
    assert (lines["quantity"].astype(int) < 0).any()
    assert lines["line_number"].isna().any()
    assert lines["unit_price"].isin(["0.0375"]).any()
    assert set(lines["currency_code"].dropna()) == {"CAD"}
    # Customers are ranked by money: those with a name pay in one currency.
    assert lines.loc[lines["currency_code"] == "CAD", "customer_id"].isna().all()
    products = set(read(shop[0] / "standard" / "products.csv")["product_id"])
    assert set(lines["product_id"]) - products == set(shop[1]["inferred_products"])


def test_footwear_answers_are_what_the_files_hold(company: Made) -> None:
    sales = loaded(company, "sales")
    answers = company[1]
    for name in ("quantity", "unit_price", "unit_cost"):
        sales[name] = sales[name].astype(float)
    sales["net"] = sales["quantity"] * sales["unit_price"]
    sales["profit"] = sales["net"] - sales["quantity"] * sales["unit_cost"]
    assert answers["totals"]["orders"] == sales["sale_id"].nunique() == len(sales)
    assert answers["totals"]["net_amount"] == money(sales["net"].sum())
    for answer in answers["files"]:
        if answer["table"] == "sales" and answer["outcome"] == "loaded":
            net = sales.loc[sales["file"] == answer["file"], "net"].sum()
            assert answer["control"] == money(net)
    revenue = sales[sales["sales_category"].isin(["Sales", "Exchange"])]
    for kind, column in (
        ("branches", revenue["branch_id"]),
        ("suppliers", revenue["sku_no"].str[6:8]),
    ):
        sums = revenue.groupby(column)[["net", "profit"]].sum()
        assert answers["facts"][kind] == {
            key: {"net_amount": money(row["net"]), "profit_amount": money(row["profit"])}
            for key, row in sums.iterrows()
        }
    others = sales.loc[
        ~sales["sales_category"].isin(["Sales", "Exchange", "Void", "Gift"]), "sales_category"
    ]
    assert answers["unmapped"] == others.value_counts().to_dict()


def test_footwear_books_agree_with_the_tills_but_once(company: Made) -> None:
    books = loaded(company, "accounting")
    assert books["entry_date"].str.fullmatch(r"\d\d/\d\d/20\d\d").all()
    books["amount"] = books["amount"].astype(float)
    (control,) = [
        file["control"]
        for file in company[1]["files"]
        if file["table"] == "accounting" and file["outcome"] == "loaded"
    ]
    assert control == money(books["amount"].sum())
    sold = sum(float(b["net_amount"]) for b in company[1]["facts"]["branches"].values())
    booked = books.loc[books["accounting_type"] == "Sales", "amount"].sum()
    if any(file["fault"] for file in company[1]["files"]):
        return
    assert round(sold - booked, 2) == 100.00
