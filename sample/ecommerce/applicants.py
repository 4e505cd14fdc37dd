"""Applications for membership: four ways to write a date, and every way to fail."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sample.cafe.cafe_customers import names
from sample.streams import stream

ADULT_BEFORE = date(2004, 1, 1)
"""Born before this day: over 18 on 1 January 2022."""
FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d-%m-%Y")
PERMITTED = (".com", ".net")
_STREAM = 501
_OLDEST = date(1940, 1, 1)
_ENDINGS = (".com", ".net", ".org", ".biz", ".info")
_ENDING_SHARES = (0.6, 0.1, 0.1, 0.1, 0.1)
_TITLES = ("", "Mr. ", "Mrs. ", "Dr. ")
_SUFFIXES = ("", " Jr.", " MD", " PhD")
_ADDITION_SHARES = (0.94, 0.02, 0.02, 0.02)
_HOSTILE = (
    "Robert'); drop table applications;--",
    'Ann "the Quote" O\'Sample, jr.',
    "😀 Ünïcödé 李",
    "A" + "a" * 9_999,
)
_IMPOSSIBLE = ("30-02-1990", "13/13/1990", "1990-00-10", "yesterday")


@dataclass(frozen=True)
class Application:
    """One application as in the file; born is None if its date is invalid."""

    name: str
    email: str
    date_of_birth: str
    mobile_no: str
    born: date | None
    has_name: bool = True

    @property
    def cells(self) -> list[str]:
        """Its cells, in the order of the file."""
        return [self.name, self.email, self.date_of_birth, self.mobile_no]

    @property
    def failures(self) -> list[str]:
        """The checks that it fails, named as the fact's flags."""
        checks = {
            "has_valid_mobile": len(self.mobile_no) == 8 and self.mobile_no.isdigit(),
            "has_valid_age": self.born is not None and self.born < ADULT_BEFORE,
            "has_valid_email": self.email.endswith(PERMITTED),
            "has_valid_name": self.has_name,
        }
        return [check for check, passed in checks.items() if not passed]


def applications(count: int, seed: int) -> list[Application]:
    """Applications; about one in three succeeds."""
    rng = stream(seed, _STREAM)
    days = (date(2008, 1, 1) - _OLDEST).days
    return [
        _application(rng, name, _OLDEST + timedelta(days=int(rng.integers(days))))
        for name in names(rng, count)
    ]


def odd_applications() -> list[Application]:
    """Hostile names, impossible dates, a birthday exactly on the limit, and a missing name."""
    on = date(1990, 5, 17)
    hostile = [Application(name, "odd@example.com", "17-05-1990", "81234567", on)
               for name in _HOSTILE]  # fmt: skip
    impossible = [Application("Odd Date", "odd@example.com", text, "81234567", None)
                  for text in _IMPOSSIBLE]  # fmt: skip
    return [
        *hostile,
        *impossible,
        Application("Eighteen Today", "odd@example.com", "2004-01-01", "81234567", ADULT_BEFORE),
        Application("Dr. Jr.", "odd@example.com", "17-05-1990", "81234567", on, has_name=False),
        Application("", "", "", "", None, has_name=False),
    ]


def outcome(of: Iterable[Application]) -> dict[str, int]:
    """How many succeed, and how many fail each check."""
    counted: Counter[str] = Counter()
    for application in of:
        counted["applications"] += 1
        counted["successful"] += not application.failures
        counted.update(application.failures)
    return dict(sorted(counted.items()))


def _application(rng: np.random.Generator, name: str, born: date) -> Application:
    digits = int(rng.choice([8, 7, 6], p=[0.7, 0.2, 0.1]))
    ending = str(rng.choice(_ENDINGS, p=_ENDING_SHARES))
    address = name.lower().replace(" ", ".").replace("-", "")
    title = str(rng.choice(_TITLES, p=_ADDITION_SHARES))
    suffix = str(rng.choice(_SUFFIXES, p=_ADDITION_SHARES))
    return Application(
        name=title + name + suffix,
        email=f"{address}@example{ending}",
        date_of_birth=born.strftime(FORMATS[int(rng.integers(4))]),
        mobile_no="8" + "".join(str(digit) for digit in rng.integers(0, 10, digits - 1)),
        born=born,
    )
