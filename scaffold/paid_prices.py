"""A price after discount next to one before it, so that the discount is not subtracted twice."""

from decimal import Decimal

from scaffold.design import Column, Design, PriceBefore
from scaffold.line_amounts import DISCOUNT_FORMS, NEARLY_ALL, Values, discounted
from scaffold.stated_numbers import numbers_of
from scaffold.typed_rows import TypedRows

_CENT = Decimal("0.0151")


def settle_paid_price(design: Design, given: dict[str, Values], rows: TypedRows) -> None:
    """Where one price is another less the discount on nearly all rows, takes the lower as the price
    of one piece, and the discount as said."""
    lines = design.lines
    role = "discount_amount" if lines.has("discount_amount") else "unit_discount"
    price, discount = lines.column("unit_price"), lines.column(role)
    if price is None or discount is None:
        return
    off = given[role] if role in given else numbers_of(lines, rows, role)
    for other in lines.columns:
        if other.roles or other.pii or not other.type.is_number:
            continue
        values = rows.numbers(other.name)
        if form := _form(values, given["unit_price"], off):
            design.price_before = PriceBefore(other.name, discount.name, form)
            _leave_out(design, given, price, other, discount)
            return
        if form := _form(given["unit_price"], values, off):
            design.price_before = PriceBefore(price.name, discount.name, form)
            price.roles.remove("unit_price")
            other.roles.append("unit_price")
            given["unit_price"] = values
            _leave_out(design, given, other, price, discount)
            return


def _leave_out(
    design: Design, given: dict[str, Values], paid: Column, before: Column, discount: Column
) -> None:
    discount.roles.clear()
    given.pop("discount_amount", None)
    design.said.append(
        f"{paid.shown} is {before.shown} less {discount.shown}, the price paid for one piece; "
        "nothing more is subtracted."
    )


def _form(before: Values, paid: Values, discount: Values) -> str | None:
    """The form of the discount that makes one price of the other: on nearly all rows, and on nearly
    all that have a discount. None where none does."""
    off = [None if value is None else abs(value) for value in discount]
    for form in DISCOUNT_FORMS:
        right = [
            (bool(value), abs(less - price) <= _CENT)
            for less, price, value in zip(discounted(before, off, form), paid, off, strict=True)
            if less is not None and price is not None
        ]
        told = [fits for has_discount, fits in right if has_discount]
        if told and min(_share(told), _share([fits for _, fits in right])) >= NEARLY_ALL:
            return form
    return None


def _share(fits: list[bool]) -> float:
    return sum(fits) / len(fits)
