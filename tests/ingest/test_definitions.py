"""The source YAML is read plainly, and what is wrong with it is said plainly."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.files.headers import read_header
from ingest.loader_errors import DefinitionError, Refusal
from ingest.tables.column_types import ColumnType, parse_type
from ingest.tables.definition_files import read_definitions
from ingest.tables.table_definitions import Column
from ingest.tables.text_dialects import Dialect


def write(folder: Path, table: dict[str, Any], **source: Any) -> Path:
    path = folder / "models" / "staging" / "kiosk" / "_kiosk__sources.yml"
    path.parent.mkdir(parents=True)
    content = {"name": "kiosk", "schema": "raw_kiosk", "tables": [table]} | source
    path.write_text(yaml.safe_dump({"version": 2, "sources": [content]}), encoding="utf-8")
    return folder


def table(column: dict[str, Any] | None = None, **meta: Any) -> dict[str, Any]:
    columns = [
        {"name": "amount", "data_type": "numeric(18,4)"},
        {
            "name": "sold_on",
            "data_type": "date",
            **({"config": {"meta": column}} if column else {}),
        },
    ]
    return {
        "name": "sales",
        "config": {"meta": {"mode": "append"} | meta},
        "columns": columns,
    }


def test_a_table_is_read_with_all_its_rules(tmp_path: Path) -> None:
    entry = table(
        {"required": True, "format": "%d/%m/%Y"},
        control={"amount": "amount", "business_date": "sold_on", "currency": "EUR"},
        order_id="amount",
        header=False,
    )
    sales = read_definitions(write(tmp_path, entry))["kiosk"].tables["sales"]
    assert (sales.mode, sales.has_header, sales.order_id) == ("append", False, "amount")
    assert sales.columns[1] == Column(
        "sold_on", ColumnType("date"), required=True, format="%d/%m/%Y"
    )
    assert sales.control.currency == "EUR"


def test_a_column_may_have_another_name_in_files(tmp_path: Path) -> None:
    entry = table({"header": "Sold On"})
    sales = read_definitions(write(tmp_path, entry))["kiosk"].tables["sales"]
    found = read_header(["SOLD ON", "amount"], sales)
    assert found == ["sold_on", "amount"]
    with pytest.raises(Refusal, match="'sold_on' is unknown; 'sold on' is missing: renamed"):
        read_header(["sold_on", "amount"], sales)


def test_a_header_may_stand_in_parts(tmp_path: Path) -> None:
    entry = table({"header": ["Sold {", "{ On }", "}"]})
    sales = read_definitions(write(tmp_path, entry))["kiosk"].tables["sales"]
    assert read_header(["sold {{ on }}", "amount"], sales) == ["sold_on", "amount"]


def test_a_dialect_is_read_with_all_its_keys(tmp_path: Path) -> None:
    entry = table(
        {"format": ["%d.%m.%Y", "%d. %B %Y"]},
        dialect={
            "encoding": "windows-1252",
            "delimiter": "tab",
            "quote": "none",
            "escape": "\\",
            "decimal": ",",
            "thousands": " ",
            "language": ["de", "pt_BR"],
            "skip_lines": 2,
            "total_rows": "Summe",
            "total_rows_lack": ["sold_on"],
        },
        time_zone="Europe/Berlin",
    )
    sales = read_definitions(write(tmp_path, entry))["kiosk"].tables["sales"]
    assert sales.dialect == Dialect(
        "cp1252", "\t", None, "\\", ",", " ", ("de", "pt_BR"), 2, ("Summe",), ("sold_on",)
    )
    assert str(sales.time_zone) == "Europe/Berlin"
    assert sales.column("sold_on").formats == ("%d.%m.%Y", "%d. %B %Y")


def test_what_names_an_order_is_an_id(tmp_path: Path) -> None:
    entry = table(order_id="ticket", line_key=["ticket", "line"], dialect={})
    entry["columns"] += [
        {"name": "ticket", "data_type": "varchar(16)"},
        {"name": "line", "data_type": "varchar(16)"},
        {"name": "sku", "data_type": "varchar(16)", "config": {"meta": {"id": True}}},
        {"name": "size", "data_type": "varchar(16)"},
    ]
    sales = read_definitions(write(tmp_path, entry))["kiosk"].tables["sales"]
    assert [c.name for c in sales.columns if c.is_id] == ["ticket", "sku"]


def test_sources_that_take_no_files_are_left_out(tmp_path: Path) -> None:
    folder = write(tmp_path, table(), config={"meta": {"loader_tables": False}})
    with pytest.raises(DefinitionError, match="no source definitions"):
        read_definitions(folder)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (table(mode="upsert"), "mode must be append or replace, not 'upsert'"),
        (table(modus="append"), "unknown loader key 'modus'; did you mean 'mode'?"),
        (table({"pi": "drop"}), "column sold_on: unknown loader key 'pi'; did you mean 'pii'?"),
        (table({"not_before": "amount"}), "sold_on and amount must have the same type"),
        (table({"not_before": "day"}), "'day' is not one of its columns"),
        (table({"times": "day"}), "'day' is not one of its columns"),
        (table({"times": "amount"}), "sold_on and amount must be numbers to be multiplied"),
        (table({"pii": "hide"}), "pii must be drop, token or restrict"),
        (table({"pii": "token"}), "a token needs varchar(64)"),
        (table({"header": "{{ x }}"}), "dbt would run '{{ x }}' as a template"),
        (table({"header": ["{{", " x"]}), "dbt would run '{{' as a template"),
        (table(file_pattern="a{%.*"), "dbt would run 'a{%.*' as a template"),
        (table({"header": 7}), "column sold_on: header must be text"),
        (table({"header": ["a", 7]}), "column sold_on: header must be text"),
        (table({"header": "Amount"}), "two columns have the same header"),
        (table({"pattern": "("}), "is not a regular expression"),
        (table({"required": True, "optional": True}), "cannot be both required and optional"),
        (table(order_id="ticket"), "'ticket' is not one of its columns"),
        (table(file_pattern="("), "is not a regular expression"),
        (table(control={"amount": "sold_on"}), "control amount sold_on must be numeric"),
        (table(control={"business_date": "amount"}), "must be a date or timestamp"),
        (
            table(control={"amount": {"quantity": "amount"}}),
            "a control amount needs quantity and unit_price",
        ),
        (
            table(control={"amount": {"quantity": "amount", "price": "amount"}}),
            "unknown loader key 'price'",
        ),
        (
            table(control={"amount": {"quantity": "amount", "unit_price": "amount"}}),
            "amount must be a required numeric(18,4)",
        ),
        (table({"last_day": "2050"}), "last_day needs a date column and a date as in 2050-12-31"),
        (table(control={"amount": "amount", "minor_units": 5}), "a whole number from 0 to 4"),
        (table(control={"signed_by": "amount"}), "minor_units and signed_by need a column"),
        (
            table(control={"amount": "amount", "signed_by": "amount"}),
            "amount must be a required whole number",
        ),
        (table(control={"currency": {"column": "money"}}), "'money' is not one of its columns"),
        ({"name": "sales", "config": {"meta": {"mode": "append"}}}, "needs columns"),
        (table(dialect=";"), "dialect: must be a mapping such as {delimiter: ';'"),
        (table(dialect={"delimeter": ";"}), "did you mean 'delimiter'?"),
        (table(dialect={"delimiter": ":"}), "delimiter must be one of ',', ';'"),
        (table(dialect={"encoding": "ansi-west"}), "unknown text encoding 'ansi-west'"),
        (table(dialect={"encoding": "base64"}), "unknown text encoding 'base64'"),
        (table(dialect={"decimal": ",", "thousands": ","}), "must be different characters"),
        (table(dialect={"language": "klingon"}), "unknown language 'klingon'"),
        (table(dialect={"total_rows": [1]}), "total_rows: must be a text or a list of texts"),
        (table(dialect={"total_rows": "Sum"}), "total_rows and total_rows_lack need each other"),
        (
            table(dialect={"total_rows": "Sum", "total_rows_lack": "day"}),
            "'day' is not one of its columns",
        ),
        (
            table(
                dialect={"total_rows": "Sum", "total_rows_lack": "amount"},
                fill_down=["amount"],
                order_id="amount",
            ),
            "amount cannot be in total_rows_lack",
        ),
        (table(dialect={"skip_lines": "3"}), "skip_lines must be a number of lines"),
        (table(time_zone="Mars/Olympus"), "unknown time zone 'Mars/Olympus'"),
        (table(time_zone="../../etc/passwd"), "unknown time zone '../../etc/passwd'"),
        (table(order_again="oldest", order_id="amount"), "order_again must be 'newest'"),
        (table(order_again="newest"), "order_again needs order_id and mode append"),
        (table(dialect={}, fill_down=["amount"]), "fill_down needs order_id"),
        (table(fill_down=["amount"], order_id="amount"), "fill_down needs a dialect"),
        (table(dialect={}, fill_down=["price"], order_id="amount"), "'price' is not one of its"),
        (table({"header": "Day {n}"}, dialect={}), "need a whole-number column with header: '{n}'"),
        (table({"format": "%d/%m"}), "format '%d/%m' does not give a full date"),
        (table({"format": ["%d/%m/%Y", "%Q"]}), "format '%Q': unknown directive %Q"),
        (table({"format": "%E %H:%M"}), "a count of days or seconds must be the only part"),
        (table({"format": "%d/%d/%Y"}), "format '%d/%d/%Y' has a part twice"),
        (table({"units": ["pcs"]}), "units needs a column of numbers"),
        (table({"decimal": ","}), "decimal needs a column of numbers"),
        (table({"id": True}), "id needs a text column"),
        (table({"utc": True}), "utc needs a timestamp column"),
    ],
)
def test_a_bad_definition_names_file_table_and_fault(
    tmp_path: Path, entry: dict[str, Any], message: str
) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_definitions(write(tmp_path, entry))
    assert message in str(caught.value)
    assert "_kiosk__sources.yml, table sales" in str(caught.value)


def test_unreadable_yaml_names_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, table()) / "models/staging/kiosk/_kiosk__sources.yml"
    path.write_text("version: 2\nsources: [\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="not valid YAML near line"):
        read_definitions(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("varchar(64)", ColumnType("varchar", length=64)),
        ("character varying(64)", ColumnType("varchar", length=64)),
        ("NUMERIC(18, 4)", ColumnType("numeric", precision=18, scale=4)),
        ("timestamp without time zone", ColumnType("timestamp")),
        ("int", ColumnType("integer")),
    ],
)
def test_types(text: str, expected: ColumnType) -> None:
    assert parse_type(text) == expected


@pytest.mark.parametrize("text", ["text", "varchar", "numeric", "numeric(38,4)", "bigint(3)", ""])
def test_types_that_no_raw_table_has(text: str) -> None:
    with pytest.raises(ValueError, match=r"type|needs|goes|takes"):
        parse_type(text)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"maximum": 9}, "amount needs a minimum and a maximum"),
        ({"minimum": -9}, "amount needs a minimum and a maximum"),
        ({"minimum": -9, "maximum": 9}, "amount needs times: amount"),
        ({"minimum": -9, "maximum": 9, "times": "amount"}, None),
    ],
)
def test_a_line_s_amount_is_bounded(
    tmp_path: Path, rules: dict[str, Any], message: str | None
) -> None:
    entry = table(control={"amount": {"quantity": "amount", "unit_price": "amount"}})
    entry["columns"][0]["config"] = {"meta": {"required": True} | rules}
    folder = write(tmp_path, entry)
    if message is None:
        assert read_definitions(folder)["kiosk"].tables["sales"].control.amount is None
        return
    with pytest.raises(DefinitionError, match=message):
        read_definitions(folder)


def test_the_projects_own_definitions_hold(project_dir: Path) -> None:
    grocery = read_definitions(project_dir)["grocery"].tables
    assert grocery["transaction_data"].control.day_zero == dt.date(2004, 3, 22)
    modes = {name for name, item in grocery.items() if item.mode == "append"}
    assert modes == {"transaction_data", "coupon_redempt", "causal_data"}


def test_no_number_of_a_file_can_overflow_a_sum(project_dir: Path) -> None:
    """numeric(18,4) holds a hundred numbers of 10^12, so no column may go beyond that."""
    for source in read_definitions(project_dir).values():
        for item in source.tables.values():
            for column in item.stored_columns:
                if column.type.kind == "numeric":
                    where = f"{source.name}.{item.name}.{column.name}"
                    assert column.minimum is not None and column.minimum > -(10**12), where
                    assert column.maximum is not None and column.maximum < 10**12, where


ID = {"name": "id", "data_type": "varchar(64)"}
PHONE = {"name": "phone", "data_type": "varchar(64)", "config": {"meta": {"pii": "restrict"}}}
BUYERS = {
    "name": "buyers",
    "config": {"meta": {"mode": "replace", "customer": "id"}},
    "columns": [ID, PHONE],
}


def test_rows_are_linked_to_customers_directly_or_through_a_table(tmp_path: Path) -> None:
    entry = table(customer={"sold_on": "buyers.phone"}, retention_days=7, kept_by="judged")
    write(tmp_path, entry, tables=[entry, BUYERS])
    tables = read_definitions(tmp_path)["kiosk"].tables
    assert [link.identifier for link in tables["buyers"].customer] == ["customer_id"]
    assert [link.identifier for link in tables["sales"].customer] == ["buyers.phone"]
    assert (tables["sales"].retention_days, tables["sales"].kept_by) == (7, "judged")
    assert [column.name for column in tables["buyers"].erasable_columns] == ["phone"]


@pytest.mark.parametrize(
    ("meta", "fault"),
    [
        ({"customer": "buyer"}, "'buyer' is not one of its columns"),
        ({"customer": {"amount": "phone"}}, "'phone' must have the form table.column"),
        ({"customer": {"amount": "buyers.fax"}}, "there is no column buyers.fax"),
        ({"customer": {"amount": "sales.amount"}}, "sales has no customer column of its own"),
        ({"customer": ["amount"]}, "customer must be a column or"),
        ({"retention_days": "a week"}, "retention_days must be a whole number of days"),
        ({"reject_retention_days": -1}, "reject_retention_days must be a whole number of days"),
    ],
)
def test_a_link_that_leads_nowhere_is_refused(
    tmp_path: Path, meta: dict[str, Any], fault: str
) -> None:
    entry = table(**meta)
    with pytest.raises(DefinitionError, match=re.escape(fault)):
        read_definitions(write(tmp_path, entry, tables=[entry, BUYERS]))


def test_a_column_that_must_be_filled_cannot_be_erased(tmp_path: Path) -> None:
    required = PHONE | {"config": {"meta": {"pii": "restrict", "required": True}}}
    entry = BUYERS | {"columns": [ID, required]}
    with pytest.raises(DefinitionError, match="phone is required, so it cannot be erased"):
        read_definitions(write(tmp_path, entry))


def test_tables_with_personal_data_say_whose_they_are(project_dir: Path) -> None:
    """Else `warehouse forget` would miss them. Staff are no customers."""
    staff = {
        ("footwear", "employees"), ("electronics", "employee"), ("electronics", "department"),
        ("electronics", "payroll"),
    }  # fmt: skip
    unsaid = {
        (source.name, found.name)
        for source in read_definitions(project_dir).values()
        for found in source.tables.values()
        if any(column.pii in ("restrict", "token") for column in found.columns)
        and not found.customer
    }
    assert unsaid == staff
