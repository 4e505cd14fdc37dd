"""The form of a discount that no total proves: decided by its header, otherwise by its size."""

from collections.abc import Sequence
from decimal import Decimal

from scaffold.header_words import says_per_cent
from warehouse.errors import WarehouseError

Values = Sequence[Decimal | None]

# Of discounts, so many may be above what the line costs before they are no money.
_MOST_ABOVE = 0.05
_MOST_PERCENTS = 20


def form_of_lone_discount(
    name: str,
    discount: Values | None,
    base: Values | None,
    wished: str | None,
    said: list[str],
    asked: list[str],
) -> str | None:
    """ "amount", "share" or "percent"; what the user wished, where there is a discount at all.

    `base` is what lines cost. What is guessed is added to `said`, with the option that turns it;
    what nothing decides, to `asked`. Raises WarehouseError for a discount that is none of these.
    """
    if discount is None or wished:
        return wished if discount is not None else None
    pairs = [
        (abs(off), abs(gross))
        for off, gross in zip(discount, base or [None] * len(discount), strict=True)
        if off and gross
    ]
    if not pairs:
        return "amount"
    values = [off for off, _ in pairs]
    if says_per_cent(name):
        return _of_per_cents(name, values, said, asked)
    largest = max(values)
    if largest < 1 and all(off != off.to_integral_value() for off in values):
        return _of_small_values(name, pairs, said, asked)
    above = sum(off > gross for off, gross in pairs)
    if above > _MOST_ABOVE * len(pairs):
        if largest <= 100:
            said.append(f"{name} is read as per cent: it is often above the price.")
            return "percent"
        raise WarehouseError(
            f"{name} is larger than the line's amount on {above} of {len(pairs)} lines with a "
            "discount, so it is neither an amount nor per cent. --map discount_amount= leaves it "
            "out."
        )
    if largest <= 100 and _look_like_percents(values):
        said.append(
            f"{name} is read as an amount of money; --discount percent if {name} is in per cent."
        )
    return "amount"


def _of_per_cents(name: str, values: list[Decimal], said: list[str], asked: list[str]) -> str:
    """The form of values whose header says that they are in per cent."""
    if max(values) > 100:
        asked.append(f"Is {name} money? Some are above 100: --discount amount")
        return "amount"
    if max(values) < 1:
        said.append(
            f"{name} is read as a share of the price, because none is above 1; --discount percent "
            "if 0.5 is half a per cent."
        )
        return "share"
    said.append(
        f"{name} is read as per cent, according to its header; --discount amount if it is money."
    )
    return "percent"


def _of_small_values(
    name: str, pairs: list[tuple[Decimal, Decimal]], said: list[str], asked: list[str]
) -> str:
    """The form of values below 1: shares of the price, or little money."""
    ratios = sorted(off / gross for off, gross in pairs)
    # Of an amount of money, two in a hundred of the price at least are taken off as a rule.
    if ratios[len(ratios) // 2] >= Decimal("0.02"):
        said.append(
            f"{name} is read as an amount of money although none is above 1; --discount share "
            f"if {name} is a share of the price."
        )
        return "amount"
    if not _look_like_shares([off for off, _ in pairs]):
        asked.append(
            f"Is {name} money or a share of the price? Its values may be both: --discount amount"
        )
        return "amount"
    said.append(f"{name} is read as a share of the price; --discount amount if {name} is money.")
    return "share"


def _look_like_shares(values: list[Decimal]) -> bool:
    """Whether the values are those that shares have, 0.1 and 0.25, and not one of them alone."""
    return len(set(values)) > 1 and all(value * 20 == (value * 20).to_integral_value()
                                        for value in values)  # fmt: skip


def _look_like_percents(values: list[Decimal]) -> bool:
    """Whether the values are few and whole or halves, such as 5 and 12.5."""
    is_round = all(value * 2 == (value * 2).to_integral_value() for value in values)
    return is_round and len(set(values)) <= _MOST_PERCENTS
