"""Customer ids that mean a guest: words such as GUEST, and one value that most orders have."""

from collections import Counter

from ingest.counts import counted
from ingest.foreign_text import shell_word, shown
from scaffold.column_roles import LINES, ORDERS
from scaffold.design import Column, Design, Wishes
from scaffold.header_words import plain, words_of

# What later files may have although the sample has it not.
_USUAL = ("0", "guest", "walk-in", "anonymous")
_LEAST_ORDERS, _LEAST_OTHERS, _MOST_PART = 10, 3, 0.5


def name_nobody(design: Design, wishes: Wishes) -> None:
    """Records which customer ids of the sales mean a guest, and says so."""
    guests = {plain(word) or word for word in words_of("guests.yml")}
    for table in design.tables:
        column = table.column("customer_id")
        if column is None or table.kind not in (LINES, ORDERS):
            continue
        cells = [cell.strip() for cell in column.cells]
        given = sorted({cell.lower() for cell in cells if cell and (plain(cell) or cell) in guests})
        if given:
            count = sum(cell.lower() in given for cell in cells)
            design.said.append(
                f"{column.shown} {shown(', '.join(given))}: means a guest, in "
                f"{counted(count, 'row')}."
            )
        order = table.column("order_id")
        if order is not None and "customer_id" not in wishes.roles:
            given += _of_most_orders(design, column, order, set(given))
        column.nobody = tuple(dict.fromkeys([*given, *_USUAL]))


def _of_most_orders(design: Design, column: Column, order: Column, nobody: set[str]) -> list[str]:
    """The id of most orders, if several other ids have the rest: it is not a real customer."""
    buyers = {
        number: cell.strip().lower()
        for number, cell in zip(order.cells, column.cells, strict=True)
        if cell.strip()
    }
    counts = Counter(buyer for buyer in buyers.values() if buyer not in nobody)
    orders = sum(counts.values())
    if orders < _LEAST_ORDERS or len(counts) <= _LEAST_OTHERS:
        return []
    buyer, own = counts.most_common(1)[0]
    if own <= _MOST_PART * orders:
        return []
    of = f"{own:,} of {orders:,} orders"
    if column.pii:
        # Values that look personal are never written to a file.
        design.advice.append(f"{column.shown}: one customer has {of}. Is that the shop itself?")
        return []
    option = shell_word(f"customer_id={column.header}")
    design.guessed.append(
        f"{column.shown} {shown(buyer, 30)} has {of} and is read as a guest; --map {option} reads "
        "it as a customer."
    )
    return [buyer]
