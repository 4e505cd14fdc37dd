"""The first look, shown before anything is written: columns, figures and guesses."""

from ingest.counts import counted
from ingest.foreign_text import shown
from scaffold.design import Column, Design, Table
from scaffold.file_dialect import MOST_REJECTS
from scaffold.sample_figures import Figures, figures
from scaffold.typed_rows import TypedRows

MOST_IDLE = 12


def first_look(design: Design, rows: TypedRows | None) -> list[str]:
    """The lines to print."""
    told: list[str] = []
    for table in design.tables:
        told += _table(table, rows if table is design.lines else None)
    if rows is not None:
        told += ["", *_told(figures(design, rows))]
    dropped = [c.header for t in design.tables for c in t.columns if c.pii == "drop"]
    if dropped:
        listed = ", ".join(shown(header, 30) for header in dropped)
        told.append(f"Personal, not stored: {listed}. Store a column with --keep COLUMN.")
    for title, sentences in (("Found", design.said), ("Guessed", design.guessed),
                             ("Please check", design.advice)):  # fmt: skip
        if sentences:
            told += ["", f"{title}:", *(f"- {sentence}" for sentence in sentences)]
    return told


def _table(table: Table, rows: TypedRows | None) -> list[str]:
    kind = {"lines": "order lines", "other": "staged only"}.get(table.kind, table.kind)
    told = [f"{table.name} ({kind}), {counted(table.sample.row_count, 'row')} read"]
    playing = [column for column in table.columns if column.roles]
    width = max((len(shown(column.header, 30)) for column in playing), default=0)
    role_width = max((len(", ".join(column.roles)) for column in playing), default=0)
    for column in playing:
        roles = f"{', '.join(column.roles):<{role_width}}"
        told.append(
            f"  {shown(column.header, 30):<{width}}  {roles}  {_values(column, rows)}".rstrip()
        )
    idle = [shown(c.header, 30) for c in table.columns if not c.roles and c.pii is None]
    if idle and table.kind != "other":
        more = f" and {len(idle) - MOST_IDLE:,} more" if len(idle) > MOST_IDLE else ""
        told.append(f"  Stored, but not used: {', '.join(idle[:MOST_IDLE])}{more}")
    return told


def _values(column: Column, rows: TypedRows | None) -> str:
    """Three values as in the file, and how they were read."""
    if column.pii == "token":
        return "personal: only a keyed token is stored"
    read = list(dict.fromkeys(cell for cell in column.cells if cell))[:3]
    texts = [shown(cell, 24) for cell in read]
    if rows is None or column.name not in rows.rows.column_names:
        return ", ".join(texts)
    became = dict.fromkeys(str(v) for v in rows.values(column.name)[:50] if v is not None)
    written = [_short(text) for text in became][:3]
    if written == texts:
        return ", ".join(texts)
    return f"{', '.join(texts)} → {', '.join(shown(text, 24) for text in written)}"


def _short(text: str) -> str:
    """A number without the zeros that its type adds; midnight without the time."""
    if "." in text and text.replace(".", "").replace("-", "").isdigit():
        whole, _, fraction = text.partition(".")
        return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}" if fraction.rstrip("0") else whole
    return text.removesuffix(" 00:00:00")


def _told(found: Figures) -> list[str]:
    words = [f"Rows {found.row_count:,}" + ("" if found.is_whole else " (the first of them)")]
    words.append(f"orders {found.order_count:,}")
    if found.customer_count is not None:
        words.append(f"customers {found.customer_count:,}")
    if found.first_day:
        words.append(f"days {found.first_day} to {found.last_day}")
    told = [", ".join(words) + "."]
    if found.revenue is not None:
        sums = ", ".join(f"{amount:,.2f} {name}" for name, amount in sorted(found.revenue.items()))
        told.append(f"Revenue: {sums or 'none'}.")
    if found.rejects:
        path, first = found.rejects[0]
        name = shown(path.name)
        value = f" ({shown(first.value, 30)!r})" if first.value else ""
        column = f", {first.column}" if first.column else ""
        told.append(
            f"Rejected rows: {len(found.rejects):,}, first {name} line {first.line}{column}: "
            f"{first.reason}{value}."
        )
        if len(found.rejects) > max(1, MOST_REJECTS * (found.row_count + len(found.rejects))):
            told.append(
                f"More than {100 * MOST_REJECTS:.0f} % of the rows are rejected: `warehouse load` "
                "refuses such a file until they are corrected."
            )
    return told
