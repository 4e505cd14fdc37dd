"""How a new source is worked out from sample files and from what the user wishes."""

from ingest.counts import counted
from ingest.foreign_text import shown
from scaffold.claims import claimants, fitting_type, give_roles, is_named, wished
from scaffold.column_roles import LINES, ROLE
from scaffold.design import Design, Table, Wishes
from scaffold.first_rows import fill_down
from scaffold.guests import name_nobody
from scaffold.kinds import give_kinds
from scaffold.later_files import without_superseded
from scaffold.masking import mask
from scaffold.missing_roles import require_roles
from scaffold.money import read_money
from scaffold.order_files import check_orders, read_heads, refuse_repeated_lines
from scaffold.order_numbers import settle_order_numbers
from scaffold.payments import refuse_lines_per_payment
from scaffold.questions import advise, ask, ask_for_blank_currencies
from scaffold.samples import Sample
from scaffold.source_definition import definition_of
from scaffold.statuses import read_effects
from scaffold.sum_rows import refuse_sum_rows
from scaffold.tables import tables_of
from scaffold.typed_rows import TypedRows, defined_tables, read_typed
from scaffold.unused_claims import refuse_unused_claims
from warehouse.errors import WarehouseError


def design_source(
    source: str, samples: list[Sample], wishes: Wishes
) -> tuple[Design, TypedRows | None]:
    """Works out tables, kinds, types, roles, personal columns and amounts; returns the design and
    the rows of the lines as they will be loaded (None while a question is open without which
    they cannot be read).

    Raises WarehouseError, naming the cause, when the files cannot be a source.
    """
    tables = tables_of(source, samples, wishes)
    _check_wishes(tables, wishes)
    design = Design(source, tables, wishes.currency, wishes.has_header, wishes.time_zone)
    design.advice += give_kinds(tables, wishes)
    design.said += _left_out(tables, wishes)
    for table in tables:
        design.said += table.sample.said
        if table.export is not None and table.export.refusal:
            raise WarehouseError(
                f"{table.name} is recognised: {table.export.name}. {table.export.refusal}"
            )
        if table.export is not None:
            design.said.append(f"{table.name} is recognised: {table.export.name}.")
            design.said += table.export.notes
        if table.kind == LINES:
            design.said += fill_down(table, wishes)
        design.advice += give_roles(table, wishes)
    require_roles(design, wishes)
    _settle_products(design, wishes)
    read_effects(design, wishes)
    refuse_sum_rows(design)
    mask(design, wishes)
    name_nobody(design, wishes)
    refuse_unused_claims(design, wishes)
    ask(design, wishes)
    advise(design, wishes)
    lines = design.lines
    if any("time zone" in question for question in design.questions):
        return design, None
    tables_defined = defined_tables(source, definition_of(design))
    rows = read_typed(tables_defined[lines.name], lines.sample.files)
    _require_rows(lines, rows)
    rows = settle_order_numbers(design, rows, wishes)
    refuse_lines_per_payment(design, rows, wishes)
    refuse_repeated_lines(design, rows)
    rows, told = without_superseded(tables_defined[lines.name], rows)
    design.said += [told] if told else []
    if design.header is lines:
        read_money(design, rows, wishes)
    else:
        header = design.header
        heads = read_typed(tables_defined[header.name], header.sample.files)
        read_heads(design, heads, rows)
        read_money(design, rows, wishes)
        check_orders(design, rows, heads, wishes)
        rows.rejects += heads.rejects
        rows.is_whole &= heads.is_whole
    ask_for_blank_currencies(design, rows)
    return design, rows


def _check_wishes(tables: list[Table], wishes: Wishes) -> None:
    known = ", ".join(f"{t.name}.{c.shown}" for t in tables for c in t.columns)
    for role, text in wishes.roles.items():
        if role not in ROLE:
            raise WarehouseError(f"--map {role}=…: unknown role. Known roles: {', '.join(ROLE)}.")
        if text and not any(wished(table, role, wishes) for table in tables):
            raise WarehouseError(f"--map {role}={text}: unknown column. Known columns: {known}.")
    for option, texts in (("keep", wishes.keep), ("ignore", wishes.ignored)):
        for text in texts:
            if not any(is_named(column, (text,)) for table in tables for column in table.columns):
                raise WarehouseError(f"--{option} {text}: unknown column. Known columns: {known}.")


def _left_out(tables: list[Table], wishes: Wishes) -> list[str]:
    """Columns that the user chose not to use."""
    said = [f"{column.shown} is ignored (--ignore)."
            for table in tables for column in table.columns
            if is_named(column, wishes.ignored)]  # fmt: skip
    none = [f"No column is used as {role} (--map)."
            for role, text in wishes.roles.items() if not text]  # fmt: skip
    return said + none


def _require_rows(lines: Table, rows: TypedRows) -> None:
    if rows.places or not rows.rejects:
        return
    path, first = rows.rejects[0]
    value = f" ({shown(first.value, 30)!r})" if first.value else ""
    raise WarehouseError(
        f"all {counted(len(rows.rejects), 'row')} of {lines.name} would be rejected. The first is "
        f"{shown(path.name)} line {first.line}{f', {first.column}' if first.column else ''}: "
        f"{first.reason}{value}."
    )


def _settle_products(design: Design, wishes: Wishes) -> None:
    """Finds what identifies a product without a number: another number, or its name."""
    lines = design.lines
    number = lines.column("product_id")
    assert number is not None
    if number.is_full or lines.has("product_id_else") or "product_id_else" in wishes.roles:
        return
    names = [lines.column("product_name"), *claimants(lines, "product_id", LINES, wishes)]
    for other in names:
        if other is None or other is number:
            continue
        gaps = [index for index, cell in enumerate(number.cells) if not cell]
        if all(other.cells[index] for index in gaps) and fitting_type(other, "product_id", lines):
            other.roles.append("product_id_else")
            design.said.append(
                f"{number.shown} is empty in {counted(len(gaps), 'row')}; there {other.shown} "
                "identifies the product."
            )
            return
