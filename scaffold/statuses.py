"""What statuses and kinds of line do: a sale, nothing at all, or a return."""

from collections import Counter
from pathlib import Path

from ingest.foreign_text import shell_word, shown
from scaffold.column_roles import EFFECTS_OF_LINES
from scaffold.design import Column, Design, Table, Wishes
from scaffold.header_words import (
    StatusMeaning,
    known_statuses,
    meaning_of,
    plain,
    words_by_kind,
    words_of,
)
from warehouse.errors import WarehouseError

# What a flag that is set does.
_OF_FLAGS = {"return_flag": "return", "returned_flag": "void", "void_flag": "void",
             "test_flag": "void"}  # fmt: skip
_KINDS = ("line_type", "document_type")
# Names of columns that may as well say something else of a line, such as a kind of product.
_NAMES_OF_ANYTHING = {plain(name) for name in (
    "type", "sales type", "sale type", "transaction type", "event type", "Art", "tipo", "typ",
    "tipo de venda", "区分", "类型")}  # fmt: skip
_GROUPS = {"sale": "complete", "void": "cancelled", "return": "returned"}


def read_effects(design: Design, wishes: Wishes) -> None:
    """Fills the design's effects from the words of its statuses, flags and kinds of line; names
    the words that no list has.

    Raises WarehouseError where a column says that lines count otherwise in words that are unknown.
    """
    tables = {"order_status": design.header, **dict.fromkeys(EFFECTS_OF_LINES, design.lines)}
    design.wished_effects = wishes.effects
    for role, table in tables.items():
        column = table.column(role)
        if column is None:
            continue
        words = sorted({cell.strip().lower() for cell in column.cells if cell.strip()})
        found = {word: meaning(design, role, word) for word in words}
        unknown = [word for word, what in found.items() if what is None]
        if unknown and not _is_to_be_read(column, role, words, unknown):
            column.roles.remove(role)
            if role == "line_type":
                design.advice.append(
                    f"{column.shown} is not used as the line type: its values are unknown "
                    f"({shown(', '.join(words[:5]), 100)}). A negative quantity is a return."
                )
            continue
        effects = {word: "sale" if what is None else what.effect for word, what in found.items()}
        _settle_payments(role, effects)
        _settle_debits(design, role, column, effects)
        if unknown:
            design.advice.append(
                f"{column.shown}: {shown(', '.join(unknown))} count as sales, because they are "
                f"unknown; otherwise pass --effect {shell_word(unknown[0] + '=void')}."
            )
        for effect, text in (("void", "no revenue"), ("return", "given back")):
            if told := [word for word, own in effects.items() if own == effect]:
                design.said.append(f"{column.shown} {shown(', '.join(told))}: {text}.")
        design.effects[role] = _also_later(role, effects, words) | effects


def meaning(design: Design, role: str, word: str) -> StatusMeaning | None:
    """What a word says in the column of a role: by the user, by its export or by the lists."""
    if wished := design.wished_effects.get(word.strip().lower()):
        return StatusMeaning(wished, _GROUPS[wished])
    table: Table = design.header if role == "order_status" else design.lines
    if table.export and (known := table.export.statuses.get(plain(word))):
        return known
    if role in _OF_FLAGS:
        flag = words_by_kind("flags.yml").get(plain(word))
        effect = _OF_FLAGS[role] if flag == "on" else "sale"
        return StatusMeaning(effect, _GROUPS[effect]) if flag else None
    if role == "debit_credit":
        side = words_by_kind("debit_credit.yml").get(plain(word))
        effect = "return" if side == "credit" else "sale"
        return StatusMeaning(effect, _GROUPS[effect]) if side else None
    found = meaning_of(word)
    # What was returned was sold before: nothing of it remains. Lines that give money back count
    # as such whatever the status.
    if found and found.effect == "return" and role in ("order_status", "line_status"):
        return StatusMeaning("void", found.group)
    return found


def crosswalk_name(source: str, role: str) -> str:
    """Name of the seed that says what the words of a role do."""
    return f"xwalk_{source}_{alias_of(role)}"


def seed_path(source: str, role: str) -> Path:
    """Path of that seed in the project."""
    return Path("seeds") / source / f"{crosswalk_name(source, role)}.csv"


def alias_of(role: str) -> str:
    """What SQL calls the words of a role."""
    plural = role.removesuffix("s") + ("es" if role.endswith("s") else "s")
    return {"order_status": "order_statuses", "line_status": "line_statuses"}.get(role, plural)


def _is_to_be_read(column: Column, role: str, words: list[str], unknown: list[str]) -> bool:
    """Whether a column with unknown words keeps its role. Raises WarehouseError where its header
    leaves no doubt that it says what counts."""
    is_soft = plain(column.header) in _NAMES_OF_ANYTHING or role in ("order_status", "line_status")
    if len(unknown) == len(words) and (len(words) == 1 or is_soft):
        return role == "order_status"
    if is_soft or (role == "line_type" and len(unknown) < len(words)):
        return True
    raise WarehouseError(
        f"{column.shown} says what lines count as, but its values are unknown: "
        f"{shown(', '.join(unknown[:5]), 100)}. Give the effect of each, as in "
        f"--effect {shell_word(unknown[0] + '=void')} (sale, void or return), or leave the column "
        f"out, so that all of its lines are sales: --ignore {shell_word(column.header)}"
    )


def _settle_payments(role: str, effects: dict[str, str]) -> None:
    """Makes payment lines void if other lines hold what was sold."""
    payments = {plain(word) for word in words_of("payments_as_lines.yml")}
    paid = [word for word in effects if plain(word) in payments]
    others = [word for word, effect in effects.items() if effect == "sale" and word not in paid]
    if role in _KINDS and others:
        effects |= dict.fromkeys(paid, "void")


def _settle_debits(design: Design, role: str, column: Column, effects: dict[str, str]) -> None:
    """Takes the side of most lines as sales."""
    if role != "debit_credit":
        return
    counts = Counter(cell.strip().lower() for cell in column.cells if cell.strip())
    credits = sum(count for word, count in counts.items() if effects[word] == "return")
    is_turned = credits * 2 > sum(counts.values())
    if is_turned:
        turned = {"sale": "return", "return": "sale"}
        effects |= {word: turned[effect] for word, effect in effects.items()}
    sold = ", ".join(word for word, effect in effects.items() if effect == "sale")
    back = next((word for word, effect in effects.items() if effect == "return"), "")
    if back:
        design.guessed.append(
            f"{column.shown} {shown(sold)} means sales, because most lines have it; "
            f"--effect {shell_word(back + '=sale')} changes that."
        )


def _also_later(role: str, effects: dict[str, str], words: list[str]) -> dict[str, str]:
    """What words do that the sample lacks and later files may have."""
    if role == "debit_credit":
        return {}
    if role in _OF_FLAGS:
        return {
            word: _OF_FLAGS[role] if kind == "on" else "sale"
            for word, kind in words_by_kind("flags.yml").items() if word.isascii()
        }  # fmt: skip
    is_status = role not in _KINDS
    return {
        word: "void" if is_status and found.effect == "return" else found.effect
        for word, found in known_statuses(words).items()
        if found.effect in ("void", "return") or (is_status and found.group == "open")
    }
