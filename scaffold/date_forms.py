"""How dates and times are written in a column: the formats that read every cell."""

import re
from dataclasses import dataclass

from ingest.tables.month_names import LANGUAGES, month_of

_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?"
    r"(?: ?(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2}))?)?"
)
_TIME = (
    r"(?P<H>\d{1,2})(?P<dot>[:.h])(?P<M>\d{2})(?::(?P<S>\d{2})(?P<f>\.\d{1,6})?)?"
    r"(?P<gap2> ?)(?P<p>[AaPp]\.?[Mm]\.?)?(?P<gap3> ?)(?P<z>Z|[+-]\d{2}:?\d{2}|[A-Z]{3,4})?"
)
_BEHIND = rf"(?:(?P<gap>,? |T|, at | at ){_TIME})?"
_NUMERIC = re.compile(
    r"(?P<one>\d{1,4})(?P<sep>[/.\-]|\. )(?P<two>\d{1,2})(?P=sep)"
    rf"(?P<three>\d{{4}}|\d{{1,2}}){_BEHIND}"
)
_NAMED = re.compile(
    rf"(?:(?P<weekday>[^\W\d_]+\.?)(?P<gap0>,? ))?"
    rf"(?:(?P<month1>[^\W\d_]{{3,}}\.?)(?P<s1>[ \-])(?P<day1>\d{{1,2}})(?P<s2>,? |-)"
    rf"|(?P<day2>\d{{1,2}})(?P<s3>[ \-/]|\. | de )"
    rf"(?P<month2>[^\W\d_]{{3,}}\.?)(?P<s4>,? |-|/| de ))"
    rf"(?P<year>\d{{4}}|\d{{2}}){_BEHIND}"
)
# As Unix writes it: Sat Mar 02 16:26:35 CET 2024.
_UNIX = re.compile(
    r"[A-Z][a-z]{2} (?P<month1>[A-Z][a-z]{2}) (?P<day>\d{1,2}) \d{2}:\d{2}:\d{2} "
    r"(?:(?P<z>[A-Z]{3,4}|[+-]\d{4}) )?\d{4}"
)
_SECONDS = re.compile(r"(?:[1-3]\d{9}|[1-3]\d{12})")
# From 2000 to 2049, as Excel counts days.
_EXCEL_DAYS = re.compile(r"(?:3(?:6[6-9]|[7-9]\d)|4\d{2}|5[0-4]\d)\d{2}(?P<time>[.,]\d+)?")
_EASTERN = re.compile(rf"(?P<one>\d{{4}})年(?P<two>\d{{1,2}})月(?P<three>\d{{1,2}})日{_BEHIND}")
_COMPACT = re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_CLOCK = re.compile(_TIME)


@dataclass(frozen=True)
class DateForms:
    """The formats of a column (none: ISO 8601), whether cells have times, and what is in doubt.

    `order` is "day" or "month" where a cell proves which comes first, "any" where none does and
    both are possible, None where no cell asks. `languages` are those whose months are named.
    `has_offsets`: cells say how far their clock is from UTC; `is_utc`: all, that it is UTC's.
    """

    formats: tuple[str, ...]
    has_time: bool
    order: str | None = None
    languages: tuple[str, ...] = ()
    has_offsets: bool = False
    is_utc: bool = False


@dataclass(frozen=True)
class _Shape:
    form: str  # with <1> and <2> where day and month may be exchanged
    has_time: bool
    offset: str | None = None


def read_dates(values: set[str], first: str) -> tuple[DateForms | None, set[str]]:
    """The formats of the dates among the values, and the values that are no dates.

    `first` is which comes first where no cell decides: "day" or "month"; "year" where years of two
    digits do (24-03-02).
    """
    shapes: dict[str, _Shape] = {}
    short: dict[str, set[str]] = {}
    day_proven = month_proven = asks = False
    languages: set[str] | None = None
    offsets: set[str] = set()
    bad: set[str] = set()
    for value in values:
        if iso := _ISO.fullmatch(value):
            offsets.add(_offset(iso[1]))
            kind = "iso time" if len(value) > 10 else "iso day"
            shapes[kind] = _Shape("", len(value) > 10)
            continue
        found = _numeric(value, first) or _named(value) or _unix(value) or _eastern(value)
        if found is None:
            bad.add(value)
            continue
        shape, parts, singles = found
        if shape.form.count("<"):
            one, two = parts
            if one > 12 and two > 12:
                bad.add(value)
                continue
            asks = True
            # Nobody writes month.day.year with points.
            day_proven = day_proven or one > 12 or "<1>." in shape.form
            month_proven = month_proven or two > 12
        named = _languages_of(value)
        if named is not None:
            if not named:
                bad.add(value)
                continue
            languages = named if languages is None else (languages & named or languages | named)
        offsets.add(_offset(shape.offset))
        shapes[shape.form] = shape
        short.setdefault(shape.form, set()).update(singles)
    if not shapes or (day_proven and month_proven):
        return None, values
    order = None
    if asks:
        order = "day" if day_proven else "month" if month_proven else "any"
    leading = order if order in ("day", "month") else first if first == "month" else "day"
    formats = tuple(
        _format(shape.form, short.get(key, set()), leading)
        for key, shape in sorted(shapes.items())
        if not key.startswith("iso")
    )
    if formats:
        formats += ("%Y-%m-%d",) if "iso day" in shapes else ()
        formats += ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S") if "iso time" in shapes else ()
    kept = languages or set()
    preferred = ("en",) if "en" in kept else tuple(sorted(kept)[:1])
    real = offsets - {""}
    return DateForms(
        formats, any(s.has_time for s in shapes.values()), order, preferred, bool(real),
        bool(real) and offsets == {"utc"},
    ), bad  # fmt: skip


def read_times(values: set[str]) -> tuple[str | None, set[str]]:
    """The format of times of day among the values, and the values that are none."""
    forms: dict[str, int] = {}
    bad = set()
    found: dict[str, str] = {}
    is_short = any((m := _CLOCK.fullmatch(v)) and len(m["H"]) == 1 for v in values)
    for value in values:
        match = _CLOCK.fullmatch(value)
        hour = int(match["H"]) if match else 99
        if match is None or hour > (12 if match["p"] else 23) or match["z"]:
            bad.add(value)
            continue
        found[value] = _time_format(match, is_short)
        forms[found[value]] = forms.get(found[value], 0) + 1
    if not forms:
        return None, values
    best = max(forms, key=lambda form: forms[form])
    return best, bad | {value for value, form in found.items() if form != best}


def counted_dates(values: set[str]) -> DateForms | None:
    """The format of a column of dates in which every cell is a number: the seconds since 1970, or
    the days that Excel counts."""
    if all(_SECONDS.fullmatch(value) for value in values):
        return DateForms(("%s",), True, has_offsets=True, is_utc=True)
    found = [_EXCEL_DAYS.fullmatch(value) for value in values]
    if all(found):
        return DateForms(("%E",), any(match["time"] for match in found if match))
    return None


def is_compact(values: set[str]) -> bool:
    """Whether every value is a day in eight digits, such as 20240331."""
    return all(_COMPACT.fullmatch(value) for value in values)


def _offset(text: str | None) -> str:
    if not text:
        return ""
    if text in ("Z", "UTC", "GMT") or not text.strip("+-0:"):
        return "utc"
    return "" if text.isalpha() else text


def _numeric(value: str, first: str) -> tuple[_Shape, tuple[int, int], set[str]] | None:
    match = _NUMERIC.fullmatch(value)
    if match is None:
        return None
    one, two, three, sep = match["one"], match["two"], match["three"], match["sep"]
    if len(one) == 4 and len(three) <= 2:
        form, singles = f"%Y{sep}%m{sep}%d", _singles(m=two, d=three)
    elif first == "year" and len(one) == 2 and len(three) <= 2:
        if int(two) > 12 or int(three) > 31:
            return None
        form, singles = f"%y{sep}%m{sep}%d", _singles(m=two, d=three)
    elif len(one) <= 2 and len(three) > 1:
        form, singles = (
            f"<1>{sep}<2>{sep}%{'Y' if len(three) == 4 else 'y'}",
            _singles(a=one, b=two),
        )
    else:
        return None
    clock = _clock(match)
    if clock is None:
        return None
    shape = _Shape(form + clock, match["H"] is not None, match["z"])
    return shape, (int(one), int(two)), singles | _hour(match)


def _named(value: str) -> tuple[_Shape, tuple[int, int], set[str]] | None:
    match = _NAMED.fullmatch(value)
    if match is None:
        return None
    year = "%Y" if len(match["year"]) == 4 else "%y"
    before = f"%a{match['gap0']}" if match["weekday"] else ""
    if match["month1"]:
        form = f"{before}%b{match['s1']}%d{match['s2']}{year}"
    else:
        form = f"{before}%d{match['s3']}%b{match['s4']}{year}"
    clock = _clock(match)
    if clock is None:
        return None
    shape = _Shape(form + clock, match["H"] is not None, match["z"])
    return shape, (0, 0), _singles(d=match["day1"] or match["day2"]) | _hour(match)


def _unix(value: str) -> tuple[_Shape, tuple[int, int], set[str]] | None:
    match = _UNIX.fullmatch(value)
    if match is None:
        return None
    zone = f" {_zone(match['z'])}" if match["z"] else ""
    shape = _Shape(f"%a %b %d %H:%M:%S{zone} %Y", True, match["z"])
    return shape, (0, 0), _singles(d=match["day"])


def _eastern(value: str) -> tuple[_Shape, tuple[int, int], set[str]] | None:
    match = _EASTERN.fullmatch(value)
    clock = _clock(match) if match else None
    if match is None or clock is None:
        return None
    shape = _Shape("%Y年%m月%d日" + clock, match["H"] is not None, match["z"])
    return shape, (0, 0), _singles(m=match["two"], d=match["three"]) | _hour(match)


def _languages_of(value: str) -> set[str] | None:
    """Languages that have the month name of a value; None if it has no month name."""
    match = _NAMED.fullmatch(value) or _UNIX.fullmatch(value)
    if match is None:
        return None
    name = match["month1"] or match.groupdict()["month2"]
    return {language for language in LANGUAGES if month_of(name, (language,)) is not None}


def _clock(match: re.Match[str]) -> str | None:
    if match["H"] is None:
        return ""
    if int(match["H"]) > (12 if match["p"] else 23):
        return None
    return match["gap"] + _time_format(match, False)


def _time_format(match: re.Match[str], is_short: bool) -> str:
    hour = "%I" if match["p"] else "%H"
    hour = hour.replace("%", "%-") if is_short else hour
    text = f"{hour}{match['dot']}%M" + (":%S" if match["S"] else "")
    text += ".%f" if match["f"] else ""
    text += f"{match['gap2']}%p" if match["p"] else ""
    gap = match["gap3"] if match["p"] else match["gap2"] or match["gap3"]
    return text + (gap + _zone(match["z"]) if match["z"] else "")


def _zone(text: str) -> str:
    """The directive of an offset or of a zone's letters."""
    return "%Z" if text.isalpha() and text not in ("Z", "UTC", "GMT") else "%z"


def _singles(**parts: str) -> set[str]:
    return {name for name, digits in parts.items() if len(digits) == 1}


def _hour(match: re.Match[str]) -> set[str]:
    return {"H"} if match["H"] and len(match["H"]) == 1 else set()


def _format(form: str, singles: set[str], first: str) -> str:
    one, two = ("%d", "%m") if first == "day" else ("%m", "%d")
    if "a" in singles:
        one = one.replace("%", "%-")
    if "b" in singles:
        two = two.replace("%", "%-")
    if "<1>" not in form:
        for name in ("m", "d"):
            form = form.replace(f"%{name}", f"%-{name}") if name in singles else form
    form = form.replace("<1>", one).replace("<2>", two)
    if "H" in singles:
        form = form.replace("%H", "%-H").replace("%I", "%-I")
    return form
