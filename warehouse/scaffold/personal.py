"""Which columns look personal. Better one too many: what is dropped can be let in later."""

import re

_NAMES = (
    (r"e_?mail", "e-mail address"),
    (r"(^|_)(phone|mobile|cell|telephone|tel|fax|whatsapp)(_|$)|phone", "telephone number"),
    (
        r"(card|account|bank)_?(no|num|number|nr)$|^(credit_?|debit_?)?card$|(^|_)(iban|bic|pan)$"
        r"|cvv|cvc",
        "card or account number",
    ),
    (
        r"(first|last|middle|full|given|family|maiden|sur|user|nick|holder|contact|cardholder"
        r"|customer|client|member|guest|buyer|patient|recipient|employee|cashier|staff|clerk"
        r"|salesperson|person|owner|billing|shipping|ship_to|bill_to)_?name(_|$)",
        "name of a person",
    ),
    (r"(^|_)(surname|forename|cashier|salesperson|sales_rep|server|waiter)$", "name of a person"),
    (r"address|(^|_)(street|addr|postcode|post_code|postal_code|zip|zip_code|zipcode)(_|$)",
     "address"),
    (r"birth_?(date|day)|date_of_birth|(^|_)dob$", "date of birth"),
    (r"(^|_)(ssn|passport|national_id|tax_id|licen[cs]e|social_security\w*)(_|$)",
     "identity number"),
    (r"(^|_)(ip|ip_address|latitude|longitude|lat|lng|lon|religion)$", "personal detail"),
)  # fmt: skip
_IN_PEOPLE = re.compile(r"^(name|contact|title|salutation|notes?|comments?)$")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+\d[\d ().-]{6,18}\d|\(?0\d{2,4}\)?[ -]\d[\d -]{4,12}")
_CARD = re.compile(r"\d{4}([ -]?)\d{4}\1\d{4}\1\d{1,7}")


def looks_personal(name: str, cells: list[str], is_about_people: bool = False) -> str | None:
    """What personal thing a column seems to hold, or None.

    `name` is the column's in snake case; `is_about_people` says that its table has one row per
    person, where a bare `name` is a person's.
    """
    for pattern, what in _NAMES:
        if re.search(pattern, name):
            return what
    if is_about_people and _IN_PEOPLE.match(name):
        return "name of a person" if name == "name" else "personal detail"
    values = [cell for cell in cells[:2000] if cell]
    for shape, what in ((_EMAIL, "e-mail address"), (_PHONE, "telephone number")):
        if values and sum(bool(shape.fullmatch(value)) for value in values) * 2 > len(values):
            return what
    if values and sum(_is_card(value) for value in values) * 2 > len(values):
        return "card or account number"
    return None


def _is_card(text: str) -> bool:
    """Whether the digits are a card number's: 13 to 19 of them, check digit included (Luhn)."""
    if not _CARD.fullmatch(text):
        return False
    digits = [int(letter) for letter in text if letter.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
