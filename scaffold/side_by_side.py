"""Files with one row per order and its items side by side, turned into lines."""

import re
from collections import defaultdict

from scaffold.header_words import inclusive_of_tax, names_of, plain, without_cents
from scaffold.number_forms import CURRENCY_CODES
from scaffold.samples import Sample

ITEM = "{n}"
_OF_LINES = re.compile(r"^(?:order[ _])?(?:lines?|items?)[/:]\s*", re.IGNORECASE)
_NUMBERED = re.compile(r"(.*?)(\d{1,3})(\D*)")


def as_lines(sample: Sample) -> Sample:
    """The sample with one row per item where it has items side by side, else as it is.

    Columns of items are under one header with {n} for the item's number, which gets a column of
    its own, as in the definition of the table.
    """
    families = _families(sample.headers)
    if not families:
        return sample
    numbered = {index for members in families.values() for index in members.values()}
    single = [index for index in range(len(sample.headers)) if index not in numbered]
    headers = [sample.headers[index] for index in single] + list(families) + [ITEM]
    columns: list[list[str]] = [[] for _ in headers]
    rows = []
    largest = max(max(members) for members in families.values())
    for row in range(sample.row_count):
        for number in range(1, largest + 1):
            cells = [
                sample.columns[members[number]][row] if number in members else ""
                for members in families.values()
            ]
            if not any(cell.strip() for cell in cells):
                continue
            line = [sample.columns[index][row] for index in single] + cells + [str(number)]
            for column, cell in zip(columns, line, strict=True):
                column.append(cell)
            rows.append(sample.rows[row] if sample.rows else "")
    said = [*sample.said, f"Items are side by side, up to {largest} in a row; each is a line."]
    return Sample(sample.stem, headers, columns, sample.files, rows, sample.dialect, said)


def _families(headers: list[str]) -> dict[str, dict[int, int]]:
    """Index of the column by number, for each header of items (`Product Item {n} SKU`)."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for index, header in enumerate(headers):
        for match in [_NUMBERED.fullmatch(header)]:
            if match:
                found[f"{match[1]}{ITEM}{match[3]}"][int(match[2])] = index
    counted = {name: m for name, m in found.items() if 1 in m and 2 in m}
    groups: dict[str, list[str]] = defaultdict(list)
    for name in counted:
        groups[plain(name.split(ITEM)[0])].append(name)
    grouped = [names for names in groups.values() if _are_items(names)]
    if not grouped:
        # Item 1, Qty 1, Price 1, Item 2, …: the word before the number is the column's own.
        ending = [name for name in counted if name.endswith(ITEM)]
        grouped = [ending] if _are_items(ending) else []
    others = [header for i, header in enumerate(headers) if not any(i in m.values()
              for name in counted for m in [counted[name]])]  # fmt: skip
    if not grouped or _claims(others, "quantity"):
        return {}
    items = max(grouped, key=len)
    largest = {max(counted[name]) for name in items}
    alike = [name for name in counted if name in items or (max(counted[name]) in largest and
             name.endswith(ITEM))]  # fmt: skip
    return {name: counted[name] for name in counted if name in alike}


def _are_items(names: list[str]) -> bool:
    """Whether the columns say of items what they are and how many or how much."""
    is_named = _claims(names, "product_id") or _claims(names, "product_name")
    return is_named and (_claims(names, "quantity") or (
        _claims(names, "unit_price") and _claims(names, "product_id")))  # fmt: skip


def _claims(headers: list[str], role: str) -> bool:
    names = set(names_of(role))
    return any(names & set(readings_of(header)) for header in headers)


def readings_of(header: str) -> list[str]:
    """Plain names under which the column of a header may be known: without the item's number, a
    currency, cents, what is in brackets, words for taxes that are included, and the path of an
    order's lines (`Order Lines/Quantity`)."""
    found = [plain(header.replace(ITEM, " "))]
    if ITEM in header:
        before, _, after = header.partition(ITEM)
        found += [plain(after), plain(before), plain(before.rstrip("# "))]
    bare = re.sub(r"\s*[(\[][^)\]]*[)\]]", "", header)
    found.append(plain(bare))
    found.append(plain(re.sub(r"(?:\bin\s+)?(?:\b[A-Z]{3}\b|[$€£¥])\s*$", "", bare)))
    found.append(plain(without_cents(header.replace(ITEM, " "))))
    found += [_without_tax(name) for name in found]
    if own := _OF_LINES.sub("", header):
        found += readings_of(own) if own != header else []
    return [name for name in dict.fromkeys(found) if name]


def _without_tax(name: str) -> str:
    """A plain name without words that say that taxes are included."""
    for words in inclusive_of_tax():
        if name.endswith(words) and name != words:
            return name.removesuffix(words)
        if name.startswith(words) and name != words:
            return name.removeprefix(words)
    return name


def currency_of_header(header: str) -> str | None:
    """The currency that a header ends in (`Unit Price USD`, `Betrag (EUR)`), if it does."""
    match = re.search(r"\b([A-Z]{3})\b\W*$", header)
    return match[1] if match and match[1] in CURRENCY_CODES else None
