"""Reads the definitions of raw tables from the dbt source YAML, their only source."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from ingest.foreign_text import jinja_parts, shown
from ingest.loader_errors import DefinitionError
from ingest.personal.personal_values import is_searchable
from ingest.tables.column_types import ColumnType, parse_type
from ingest.tables.customer_links import check_links, read_days, read_links
from ingest.tables.date_formats import check_format
from ingest.tables.table_definitions import (
    ITEM,
    Column,
    Control,
    LineAmount,
    Source,
    Table,
)
from ingest.tables.text_dialects import (
    DIALECT_KEYS,
    Dialect,
    read_dialect,
    read_time_zone,
    texts,
)
from ingest.yaml_reader import read_yaml

TABLE_KEYS = {
    "mode",
    "header",
    "file_pattern",
    "file_day_format",
    "same_name",
    "order_id",
    "line_key",
    "control",
    "customer",
    "retention_days",
    "reject_retention_days",
    "kept_by",
    "dialect",
    "fill_down",
    "order_again",
    "time_zone",
    "order_numbers",
}
COLUMN_KEYS = {
    "header",
    "pii",
    "required",
    "optional",
    "format",
    "accepted",
    "pattern",
    "minimum",
    "maximum",
    "first_day",
    "last_day",
    "blank_exactly_when",
    "not_before",
    "times",
    "token_of",
    "personal_values",
    "form_elsewhere",
    "id",
    "currency",
    "units",
    "decimal",
    "utc",
    "partition",
    "words",
    "nobody",
}
CONTROL_KEYS = {"amount", "business_date", "day_zero", "currency", "minor_units", "signed_by"}
DISCOUNT_KEYS = ("discount", "discount_share", "discount_percent")
LINE_AMOUNT_KEYS = {"quantity", "unit_price", "line_type", *DISCOUNT_KEYS}


def read_definitions(project_dir: str | Path) -> dict[str, Source]:
    """Read models/staging/*/_*__sources.yml and return the sources that take files, by name.

    Sources with `loader_tables: false` are left out. Raises DefinitionError, with file, table and
    column, for anything the loader cannot use.
    """
    folder = Path(project_dir) / "models" / "staging"
    sources: dict[str, Source] = {}
    for path in sorted(folder.glob("*/_*__sources.yml")):
        try:
            content = read_yaml(path)
        except yaml.YAMLError as error:
            line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
            raise DefinitionError(f"{path.name}: not valid YAML near line {line}") from None
        for entry in (content or {}).get("sources") or []:
            if _meta(entry).get("loader_tables", True):
                source = _source(entry, path.name)
                sources[source.name] = source
    if not sources:
        raise DefinitionError(f"no source definitions under {folder}")
    return sources


def _meta(entry: dict[str, Any]) -> dict[str, Any]:
    return (entry.get("config") or {}).get("meta") or {}


def _known(meta: dict[str, Any], keys: set[str], where: str) -> None:
    for key in meta:
        if key not in keys:
            near = difflib.get_close_matches(key, keys, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(keys))}"
            raise DefinitionError(f"{where}: unknown loader key {key!r}{hint}")


def _source(entry: dict[str, Any], file: str) -> Source:
    name = entry.get("name") or ""
    _refuse_templates({key: entry[key] for key in entry if key != "tables"}, file)
    schema = entry.get("schema", name)
    if schema != f"raw_{name}":
        raise DefinitionError(f"{file}: source {name!r} must have schema raw_{name}, not {schema}")
    tables = {}
    for item in entry.get("tables") or []:
        table = _table(item, name, schema, f"{file}, table {item.get('name')}")
        tables[table.name] = table
    for table in tables.values():
        check_links(table, tables, f"{file}, table {table.name}")
    columns = [column for table in tables.values() for column in table.columns]
    is_of_people = any(column.pii for column in columns)
    forms = tuple(column.form_elsewhere for column in columns if column.form_elsewhere)
    return Source(
        name,
        schema,
        {
            key: replace(table, is_of_people=is_of_people, personal_forms=forms)
            for key, table in tables.items()
        },
    )


def _table(item: dict[str, Any], source: str, schema: str, where: str) -> Table:
    _refuse_templates(item, where)
    meta = _meta(item)
    _known(meta, TABLE_KEYS, where)
    columns = tuple(_column(entry, where) for entry in item.get("columns") or [])
    names = [column.name for column in columns]
    if not columns or len(set(names)) < len(names):
        raise DefinitionError(f"{where}: needs columns with distinct names")
    headers = [column.name_in_files for column in columns]
    if len(set(headers)) < len(headers):
        raise DefinitionError(f"{where}: two columns have the same header")
    mode = meta.get("mode")
    if mode not in ("append", "replace"):
        raise DefinitionError(f"{where}: mode must be append or replace, not {mode!r}")
    if meta.get("order_numbers", "restart") != "restart":
        raise DefinitionError(f"{where}: order_numbers must be 'restart'")
    if meta.get("same_name", "corrects") != "corrects":
        raise DefinitionError(f"{where}: same_name must be 'corrects'")
    control = _control(meta.get("control") or {}, where)
    order_id = meta.get("order_id")
    line_key = tuple(meta.get("line_key") or ())
    fill_down = tuple(texts(meta.get("fill_down") or [], f"{where}, fill_down"))
    dialect = _dialect(meta.get("dialect"), where)
    lack = dialect.total_rows_lack if dialect else ()
    used = [*control.columns, order_id, *line_key, *fill_down, *lack]
    used += [column.blank_exactly_when[0] for column in columns if column.blank_exactly_when]
    used += [name for column in columns for name in (column.not_before, column.times)]
    used += [name for column in columns for name in column.token_of]
    for name in used:
        if name is not None and name not in names:
            raise DefinitionError(f"{where}: {name!r} is not one of its columns")
    types = {column.name: column.type for column in columns}
    for column in columns:
        if column.not_before and column.type != types[column.not_before]:
            raise DefinitionError(
                f"{where}: {column.name} and {column.not_before} must have the same type"
            )
        if column.times and not (column.type.is_number and types[column.times].is_number):
            raise DefinitionError(
                f"{where}: {column.name} and {column.times} must be numbers to be multiplied"
            )
    table = Table(
        source=source,
        name=item["name"],
        schema=schema,
        columns=columns,
        mode=mode,
        has_header=bool(meta.get("header", True)),
        file_pattern=_pattern(meta.get("file_pattern"), where),
        file_day_format=meta.get("file_day_format"),
        same_name_corrects="same_name" in meta,
        order_id=order_id,
        line_key=line_key,
        control=control,
        customer=read_links(meta.get("customer"), where),
        retention_days=read_days(meta, "retention_days", where),
        reject_retention_days=read_days(meta, "reject_retention_days", where),
        kept_by=meta.get("kept_by"),
        dialect=dialect,
        fill_down=fill_down,
        order_again=meta.get("order_again"),
        time_zone=read_time_zone(meta.get("time_zone"), where),
        numbers_restart=meta.get("order_numbers") == "restart",
    )
    table = replace(table, columns=tuple(_with_id(column, table) for column in columns))
    _check_control(table, where)
    _check_shape(table, where)
    return table


def _header(given: object, where: str) -> str | None:
    """The header of a column; it may be split into parts so that dbt finds no template in it."""
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, list) and given and all(isinstance(part, str) for part in given):
        return "".join(given)
    raise DefinitionError(f"{where}: header must be text; quote it if necessary")


def _refuse_templates(value: object, where: str) -> None:
    """Refuse templates: dbt renders these files but the loader does not, so they would differ."""
    if isinstance(value, str) and len(jinja_parts(value)) > 1:
        raise DefinitionError(
            f"{where}: dbt would run {shown(value)!r} as a template; write a header with such "
            f"characters in parts: {[shown(part) for part in jinja_parts(value)]}"
        )
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in ("description", "data_tests"):
                _refuse_templates([key, item], where)
    elif isinstance(value, list):
        for item in value:
            _refuse_templates(item, where)


def _dialect(meta: Any, where: str) -> Dialect | None:
    if isinstance(meta, dict):
        _known(meta, DIALECT_KEYS, f"{where}, dialect")
    return read_dialect(meta, where)


def _with_id(column: Column, table: Table) -> Column:
    """Columns that identify an order or a customer are ids, even if not marked so."""
    named = {table.order_id}
    named |= {link.column for link in table.customer if link.to is None}
    is_id = column.type.kind == "varchar" and (column.is_id or column.name in named)
    return replace(column, is_id=is_id)


def _check_shape(table: Table, where: str) -> None:
    if table.order_again not in (None, "newest"):
        raise DefinitionError(f"{where}: order_again must be 'newest'")
    if table.order_again and (table.order_id is None or table.mode != "append"):
        raise DefinitionError(f"{where}: order_again needs order_id and mode append")
    if table.fill_down and table.order_id is None:
        raise DefinitionError(f"{where}: fill_down needs order_id, as it fills within one order")
    for name in set(table.fill_down) & set(table.dialect.total_rows_lack if table.dialect else ()):
        raise DefinitionError(
            f"{where}: {name} cannot be in total_rows_lack, as fill_down lets lines omit it"
        )
    items = table.item_columns
    if items and not any(c.header == ITEM and c.type.is_integer for c in items):
        raise DefinitionError(
            f"{where}: items side by side need a whole-number column with header: '{ITEM}', as "
            "they share one line number of the file"
        )
    if items and not table.has_header:
        raise DefinitionError(f"{where}: items side by side need files with a header")
    needing = [c.name for c in table.columns if c.currency or c.units or c.decimal]
    needing += ["fill_down"] if table.fill_down else []
    needing += ["items side by side"] if items else []
    if needing and table.dialect is None:
        raise DefinitionError(f"{where}: {needing[0]} needs a dialect; dialect: {{}} is plain CSV")


def _pattern(text: str | None, where: str) -> re.Pattern[str] | None:
    try:
        return re.compile(text, re.IGNORECASE) if text else None
    except re.error as error:
        raise DefinitionError(f"{where}: {text!r} is not a regular expression: {error}") from None


def _control(meta: dict[str, Any], where: str) -> Control:
    _known(meta, CONTROL_KEYS, f"{where}, control")
    day_zero = meta.get("day_zero")
    if day_zero is not None and not isinstance(day_zero, dt.date):
        raise DefinitionError(f"{where}: day_zero must be a date such as 2004-03-22")
    minor_units = meta.get("minor_units", 0)
    if minor_units not in range(5):
        raise DefinitionError(f"{where}: minor_units must be a whole number from 0 to 4")
    amount, currency = meta.get("amount"), meta.get("currency")
    line_amount = currency_column = None
    if isinstance(amount, dict):
        _known(amount, LINE_AMOUNT_KEYS, f"{where}, control amount")
        if not {"quantity", "unit_price"} <= set(amount):
            raise DefinitionError(f"{where}: a control amount needs quantity and unit_price")
        if len(set(DISCOUNT_KEYS) & set(amount)) > 1:
            raise DefinitionError(f"{where}: a control amount takes one of {DISCOUNT_KEYS}")
        line_amount = LineAmount(**amount)
    if isinstance(currency, dict):
        _known(currency, {"column"}, f"{where}, control currency")
        currency_column = currency.get("column")
    return Control(
        amount=None if line_amount else amount,
        business_date=meta.get("business_date"),
        day_zero=day_zero,
        currency=None if currency_column else currency,
        line_amount=line_amount,
        currency_column=currency_column,
        minor_units=minor_units,
        signed_by=meta.get("signed_by"),
    )


def _check_line_amount(table: Table, amount: LineAmount, where: str) -> None:
    for name in (amount.quantity, amount.unit_price):
        column = table.column(name)
        if not column.required or column.type.kind != "numeric" or column.type.scale != 4:
            raise DefinitionError(f"{where}: {name} must be a required numeric(18,4)")
        if column.minimum is None or column.maximum is None:
            raise DefinitionError(f"{where}: {name} needs a minimum and a maximum")
    if table.column(amount.unit_price).times != amount.quantity:
        raise DefinitionError(f"{where}: {amount.unit_price} needs times: {amount.quantity}")
    discounts = ((amount.discount, None), (amount.discount_share, 1),
                 (amount.discount_percent, 100))  # fmt: skip
    for given, most in discounts:
        if given is None:
            continue
        column = table.column(given)
        if column.type.kind != "numeric" or column.type.scale != 4:
            raise DefinitionError(f"{where}: {given} must be numeric(18,4)")
        if most and (column.minimum, column.maximum) != (-most, most):
            raise DefinitionError(f"{where}: {given} needs minimum: {-most} and maximum: {most}")


def _check_control(table: Table, where: str) -> None:
    control = table.control
    if control.line_amount:
        _check_line_amount(table, control.line_amount, where)
    if control.amount and table.column(control.amount).type.kind != "numeric":
        raise DefinitionError(f"{where}: control amount {control.amount} must be numeric")
    if (control.minor_units or control.signed_by) and not control.amount:
        raise DefinitionError(f"{where}: minor_units and signed_by need a column as amount")
    if control.signed_by:
        column = table.column(control.signed_by)
        if not column.required or not column.type.is_integer:
            raise DefinitionError(f"{where}: {column.name} must be a required whole number")
    if control.business_date:
        kind = table.column(control.business_date).type
        fits = kind.is_integer if control.day_zero else kind.kind in ("date", "timestamp")
        if not fits:
            raise DefinitionError(
                f"{where}: business_date {control.business_date} must be a date or timestamp, "
                "or an integer with day_zero"
            )
    for column in table.columns:
        if not column.is_stored and column.name in control.columns:
            raise DefinitionError(f"{where}: {column.name} is dropped, so it cannot be a control")


def _column(entry: dict[str, Any], where: str) -> Column:
    where = f"{where}, column {entry.get('name')}"
    meta = _meta(entry)
    _known(meta, COLUMN_KEYS, where)
    try:
        kind = parse_type(str(entry.get("data_type", "")))
    except ValueError as error:
        raise DefinitionError(f"{where}: {error}") from None
    if meta.get("pii") not in (None, "drop", "token", "restrict"):
        raise DefinitionError(f"{where}: pii must be drop, token or restrict")
    if meta.get("pii") == "token" and (kind.kind != "varchar" or kind.length < 64):
        raise DefinitionError(f"{where}: a token needs varchar(64)")
    if meta.get("token_of") and meta.get("pii") != "token":
        raise DefinitionError(f"{where}: a column with token_of must be pii: token")
    if meta.get("personal_values") not in (None, "token", "keep"):
        raise DefinitionError(f"{where}: personal_values must be token or keep")
    if meta.get("personal_values") == "token" and (kind.kind != "varchar" or kind.length < 64):
        raise DefinitionError(f"{where}: personal_values: token needs varchar(64) or longer")
    if meta.get("personal_values") and meta.get("pii"):
        raise DefinitionError(f"{where}: personal_values needs a column without pii")
    form = meta.get("form_elsewhere")
    if form is not None and not (meta.get("pii") and is_searchable(form)):
        raise DefinitionError(
            f"{where}: form_elsewhere needs a pii column and a regular expression without "
            "look-around"
        )
    if meta.get("required") and meta.get("optional"):
        raise DefinitionError(f"{where}: cannot be both required and optional")
    formats = _formats(meta.get("format"), kind, where)
    for key in ("currency", "units", "decimal"):
        if meta.get(key) and not (kind.is_number or kind.kind == "double precision"):
            raise DefinitionError(f"{where}: {key} needs a column of numbers")
    if meta.get("decimal") not in (None, ".", ","):
        raise DefinitionError(f"{where}: decimal must be . or ,")
    if meta.get("id") and kind.kind != "varchar":
        raise DefinitionError(f"{where}: id needs a text column; numbers have one form anyway")
    if meta.get("utc") and kind.kind != "timestamp":
        raise DefinitionError(f"{where}: utc needs a timestamp column")
    for key in ("first_day", "last_day"):
        if meta.get(key) is None:
            continue
        if type(meta[key]) is not dt.date or kind.kind not in ("date", "timestamp"):
            raise DefinitionError(f"{where}: {key} needs a date column and a date as in 2050-12-31")
    _pattern(meta.get("pattern"), where)
    when = meta.get("blank_exactly_when")
    if when is not None and (not isinstance(when, dict) or len(when) != 1):
        raise DefinitionError(f"{where}: blank_exactly_when takes one column and its value")
    return Column(
        name=entry["name"],
        type=kind,
        pii=meta.get("pii"),
        required=bool(meta.get("required", False)),
        optional=bool(meta.get("optional", False)),
        format=formats,
        accepted=tuple(str(value) for value in meta.get("accepted") or ()),
        pattern=meta.get("pattern"),
        minimum=meta.get("minimum"),
        maximum=meta.get("maximum"),
        first_day=meta.get("first_day"),
        last_day=meta.get("last_day"),
        blank_exactly_when=next(iter(when.items())) if when else None,
        not_before=meta.get("not_before"),
        times=meta.get("times"),
        token_of=tuple(meta.get("token_of") or ()),
        header=_header(meta.get("header"), where),
        is_id=bool(meta.get("id", False)),
        currency=tuple(texts(meta.get("currency") or [], f"{where}, currency")),
        units=tuple(texts(meta.get("units") or [], f"{where}, units")),
        decimal=meta.get("decimal"),
        is_utc=bool(meta.get("utc", False)),
        partition=bool(meta.get("partition", False)),
        personal_values=meta.get("personal_values"),
        form_elsewhere=form,
        nobody=_nobody(meta.get("nobody"), kind, where),
        words=_words(meta.get("words"), kind, where),
    )


def _nobody(meta: Any, kind: ColumnType, where: str) -> tuple[str, ...]:
    if meta is None:
        return ()
    if kind.kind != "varchar":
        raise DefinitionError(f"{where}: nobody needs a text column")
    return tuple(text.strip().lower() for text in texts(meta, f"{where}, nobody"))


def _words(meta: Any, kind: ColumnType, where: str) -> str | None:
    if meta is None:
        return None
    is_seed = isinstance(meta, str) and re.fullmatch(r"seeds/[\w/]+\.csv", meta)
    if not is_seed or kind.kind != "varchar":
        raise DefinitionError(
            f"{where}: words needs a text column and the path of a seed, seeds/….csv"
        )
    return str(meta)


def _formats(meta: Any, kind: ColumnType, where: str) -> str | tuple[str, ...] | None:
    if meta is None:
        return None
    if meta == "HHMM" and kind.is_integer:
        return "HHMM"
    if kind.kind not in ("date", "timestamp", "varchar"):
        raise DefinitionError(f"{where}: format {meta!r} needs a date or timestamp column")
    forms = tuple(texts(meta, f"{where}, format"))
    for form in forms:
        try:
            check_format(form, is_time_of_day=kind.kind == "varchar")
        except ValueError as error:
            raise DefinitionError(f"{where}: {error}") from None
    return forms[0] if isinstance(meta, str) else forms
