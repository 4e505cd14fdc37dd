"""What statuses and kinds of line do: a sale, nothing at all, or a return."""

from ingest.foreign_text import shown
from warehouse.scaffold.design import Design, Table
from warehouse.scaffold.header_words import StatusMeaning, meaning_of, plain

ROLES_WITH_EFFECT = ("order_status", "line_type")


def read_effects(design: Design) -> None:
    """Fills the design's effects from the words of its statuses and kinds of line; names the words
    that no list has."""
    for role, table in (("order_status", design.header), ("line_type", design.lines)):
        column = table.column(role)
        if column is None:
            continue
        words = sorted({cell.strip().lower() for cell in column.cells if cell.strip()})
        meanings = {word: meaning(table, word) for word in words}
        unknown = [word for word, found in meanings.items() if found is None]
        if unknown and len(unknown) == len(words) and role == "line_type":
            column.roles.remove(role)
            design.advice.append(
                f"{column.shown} is not taken for the kind of line: no list has its words "
                f"({shown(', '.join(words[:5]), 100)}). A negative quantity is a return."
            )
            continue
        design.effects[role] = {word: _effect(role, found) for word, found in meanings.items()}
        if unknown:
            design.advice.append(
                f"{column.shown}: {shown(', '.join(unknown))} count as sales, as no list has them; "
                f"if they do not, say void or return in {crosswalk_name(design.source, role)}.csv."
            )
        void = [word for word, effect in design.effects[role].items() if effect == "void"]
        if void:
            design.said.append(f"{column.shown} {shown(', '.join(void))}: no revenue.")


def meaning(table: Table, word: str) -> StatusMeaning | None:
    """What a word says in a table, by its export or by the lists."""
    known = table.export.statuses.get(plain(word)) if table.export else None
    return known or meaning_of(word)


def crosswalk_name(source: str, role: str) -> str:
    """Name of the seed that says what the words of a role do."""
    return f"xwalk_{source}_{'order_statuses' if role == 'order_status' else 'line_types'}"


def _effect(role: str, found: StatusMeaning | None) -> str:
    if found is None:
        return "sale"
    # An order that was returned was sold before: nothing of it remains. Lines that give money
    # back count as such whatever the status.
    if role == "order_status" and found.effect == "return":
        return "void"
    return found.effect
