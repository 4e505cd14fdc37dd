"""No name and no card number leaves the stream, whatever the rows look like."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
from pathlib import Path

from rich.console import Console

from ingest.loads.load_report import render
from tests.ingest.conftest import LEEDS, TOKEN_KEY, Shop, ticket
from warehouse.settings import Settings

NAME, CARD = "Winifred Quill", "4929123456781234"


def shifted_rows() -> list[list[str]]:
    """A good row with one cell moved, dropped, doubled or exchanged, in every way there is."""
    (row,) = csv.reader([ticket()])
    rows = []
    for i in range(7):
        without = row[:i] + row[i + 1 :]
        rows += [without, [*without, ""], ["", *without], [*row[:i], row[i], *row[i:]]]
        for j in range(7):
            if i != j:
                moved = list(without)
                moved.insert(j, row[i])
                rows.append(moved)
                exchanged = list(row)
                exchanged[i], exchanged[j] = row[j], row[i]
                rows.append(exchanged)
                overwritten = list(row)
                overwritten[j] = row[i]
                rows.append(overwritten)
    return rows


def as_csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def server_log(embedded: Settings) -> str:
    logs = [path for path in embedded.log_dir.rglob("*") if path.is_file()]
    text = "\n".join(path.read_bytes().decode(errors="replace") for path in logs)
    assert "database system is ready" in text
    return text


def test_shifted_rows_leave_no_trace(shop: Shop, embedded: Settings) -> None:
    rows = shifted_rows()
    content = "\n".join([ticket()] * 3) + "\n" + as_csv(rows)
    report = shop.load("cafe", shop.write(LEEDS, content), max_reject_share=0.99)

    (result,) = report.files
    assert result.status == "loaded"
    assert result.rows_rejected > 90
    kept = shop.query("select value from ops.rejected_rows where value is not null")
    assert kept == []
    out = io.StringIO()
    Console(file=out, width=200).print(render(report))
    for place in (shop.everything(), out.getvalue(), server_log(embedded)):
        assert NAME not in place
        assert "Quill" not in place
        assert CARD not in place


def test_a_refusal_names_no_value(shop: Shop, embedded: Settings) -> None:
    (result,) = shop.load("cafe", shop.write(LEEDS, as_csv(shifted_rows()))).files
    assert result.status == "refused"
    assert "would be rejected" in result.message
    for place in (result.message, shop.everything(), server_log(embedded)):
        assert NAME not in place
        assert CARD not in place


def test_a_file_without_its_branch_and_day_in_the_name_is_refused(shop: Shop) -> None:
    result = shop.load_one("cafe", "export.csv", ticket(), table="transactions")
    assert "the file name does not have the form" in result.message
    assert result.status == "refused"


def test_card_numbers_become_keyed_tokens(shop: Shop) -> None:
    cash = ticket(payment_method="CASH", card_number="")
    shop.load_one("cafe", LEEDS, "\n".join([ticket(), ticket(total_price="3"), cash]))
    # RFC 2104 HMAC with SHA-256, worked out by the standard library.
    expected = hmac.new(bytes.fromhex(TOKEN_KEY), CARD.encode(), hashlib.sha256).hexdigest()
    rows = shop.query("select card_number from raw_cafe.transactions order by file_line")
    assert rows == [(expected,), (expected,), (None,)]


def test_dropped_columns_do_not_exist(shop: Shop) -> None:
    query = "select column_name from information_schema.columns where table_name = 'transactions'"
    assert ("customer_name",) not in shop.query(query)


def test_a_load_under_another_key_is_refused(shop: Shop) -> None:
    shop.load_one("cafe", LEEDS, ticket())
    content = ticket(date_time="02/01/2020 09:15")
    name = "leeds_02-01-2020_09-00-00.csv"
    other = shop.load_one("cafe", name, content, token_key="f" * 64)
    assert other.status == "refused"
    assert "made with another key" in other.message
    assert shop.value("select count(*) from ops.token_keys") == 1
    assert TOKEN_KEY not in shop.everything()


def test_a_table_with_tokens_needs_a_key_and_others_do_not(shop: Shop) -> None:
    assert "needs the token key" in shop.load_one("cafe", LEEDS, ticket(), token_key=None).message
    campaign = "description,campaign,start_day,end_day\nTypeA,1,10,20\n"
    result = shop.load_one("grocery", "campaign_desc.csv", campaign, token_key=None)
    assert result.status == "loaded"


def test_nothing_personal_of_the_real_files_is_kept(
    shop: Shop, embedded: Settings, real_data: Path
) -> None:
    personal = set()
    for path in (real_data / "cafe").glob("*.csv"):
        for row in csv.reader(path.open(encoding="utf-8", newline="")):
            personal |= {row[2], row[6]} - {""}
    shop.load("cafe", real_data / "cafe")
    everything = shop.everything() + server_log(embedded)
    assert len(personal) > 400
    assert [value for value in personal if value in everything] == []
