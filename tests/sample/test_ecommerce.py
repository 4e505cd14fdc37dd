"""The online shop's files: answers against an independent count with pandas."""

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sample import ecommerce

Made = tuple[Path, dict[str, Any]]


@pytest.fixture(scope="module", params=[False, True])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    out = tmp_path_factory.mktemp("shop")
    return out, ecommerce.write_scaled(out, 0.4, 3, request.param).answers.as_json()


def loaded(made: Made, table: str) -> pd.DataFrame:
    """The good rows of all files of a table that must be loaded, in order."""
    out, answers = made
    parts = []
    for answer in answers["files"]:
        if answer["table"] == table and answer["outcome"] == "loaded":
            rows = pd.read_csv(out / answer["file"], dtype=str, keep_default_na=False)
            assert len(rows) == answer["rows"]
            rows = rows.drop(index=[reject["line"] - 2 for reject in answer["rejects"]])
            if answer["control"] is not None:
                stated = rows["total_items_price"].astype(float).sum()
                assert answer["control"] == f"{stated:.2f}"
            parts.append(rows)
    found = pd.concat(parts, ignore_index=True)
    assert answers["table_rows"][table] == len(found)
    return found


def test_totals_are_what_the_files_hold(shop: Made) -> None:
    answers = shop[1]
    headers = loaded(shop, "transactions").drop_duplicates("transaction_id", keep="last")
    lines = loaded(shop, "transaction_items")
    items = loaded(shop, "items").set_index("item_id").astype({"cost": float, "weight_kg": float})
    assert set(lines["transaction_id"]) == set(headers["transaction_id"])
    assert set(lines["item_id"]) - set(items.index) == set(answers["inferred_products"])
    lines["quantity"] = lines["quantity"].astype(int)
    given = pd.to_numeric(lines["unit_price"])
    assert given.isna().any() and given.notna().any()
    lines["net"] = lines["quantity"] * given.fillna(lines["item_id"].map(items["cost"]))
    totals = answers["totals"]
    assert (totals["orders"], totals["order_lines"]) == (len(headers), len(lines))
    assert totals["quantity"] == lines["quantity"].sum()
    assert totals["net_amount"] == f"{lines['net'].sum():.2f}"

    net = lines.groupby("transaction_id")["net"].sum()
    stated = headers.set_index("transaction_id")["total_items_price"].astype(float)
    off = (stated - net).round(2)
    broken = {told["transaction_id"]: 1.0 for told in answers["broken_totals"]}
    assert off[off != 0].to_dict() == broken

    spent = headers.assign(net=headers["transaction_id"].map(net)).groupby("membership_id")["net"]
    members = set(loaded(shop, "members")["membership_id"])
    best = spent.sum()[lambda sums: sums.index.isin(members)].sort_values(ascending=False)
    assert answers["facts"]["top_members"] == [
        [member, f"{amount:.2f}"] for member, amount in best.iloc[:10].items()
    ]
    pieces = lines.groupby("item_id")["quantity"].sum().sort_values(ascending=False)
    assert [count for _, count in answers["facts"]["top_items"]] == pieces.iloc[:3].tolist()
    assert answers["facts"]["statuses"] == headers["status"].value_counts().to_dict()
    if not broken:
        weight = (lines["quantity"] * lines["item_id"].map(items["weight_kg"])).sum()
        assert answers["facts"]["weight_kg"] == f"{weight:.3f}"
        assert f"{headers['total_items_weight_kg'].astype(float).sum():.3f}" == f"{weight:.3f}"


def test_membership_ids_follow_from_name_and_birthday(shop: Made) -> None:
    members = loaded(shop, "members")
    assert members["membership_id"].is_unique
    for member in members.itertuples():
        digest = hashlib.sha256(member.date_of_birth.replace("-", "").encode()).hexdigest()
        assert member.membership_id == f"{member.last_name}_{digest[:5]}"


def test_applications_are_counted_as_they_are(shop: Made) -> None:
    found = loaded(shop, "applications")
    told = shop[1]["facts"]["membership_applications"]
    assert told["applications"] == len(found)
    # Each of the four formats, and days that tell day first from month first.
    shapes = found["date_of_birth"].str.replace(r"\d", "9", regex=True)
    assert {"9999-99-99", "9999/99/99", "99/99/9999", "99-99-9999"} <= set(shapes)
    born = pd.Series(pd.NaT, index=found.index)
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d-%m-%Y"):
        born = born.fillna(pd.to_datetime(found["date_of_birth"], format=form, errors="coerce"))
    passed = pd.DataFrame(
        {
            "has_valid_mobile": found["mobile_no"].str.fullmatch(r"\d{8}"),
            "has_valid_age": born < pd.Timestamp(2004, 1, 1),
            "has_valid_email": found["email"].str.contains(r"\.(?:com|net)$"),
            "has_valid_name": ~found["name"].isin(["", "Dr. Jr."]),
        }
    )
    assert {check: told[check] for check in passed} == (~passed).sum().to_dict()
    assert told["successful"] == passed.all(axis=1).sum() > 0
    assert found["name"].str.len().max() == 10_000
