"""People and their risk: a relationship that a model can learn, but never without error."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sample.streams import stream

_OBSERVED, _CUSTOMERS = 411, 412


class Person(NamedTuple):
    """A person's own information (income in whole dollars), and the outcome of a warranty.

    risk: the true probability of being a risk; has_risk: the outcome.
    """

    age: int
    kids_count: int
    pets_count: int
    siblings_count: int
    income: int
    risk: float
    has_risk: bool

    @property
    def cells(self) -> list[str]:
        """The person's information as in a file."""
        return [str(value) for value in self[:5]]


def risk_of(age: int, kids: int, pets: int, income: int) -> float:
    """The true probability that a person is a risk, 0 to 1.

    Logistic in the logarithm of income, children, pets and age. Siblings have no effect. The
    classes overlap, so no model separates them.
    """
    score = (
        -1.9 * math.log(income / 60_000)
        + 0.55 * (kids - 1.5)
        + 0.35 * (pets - 1)
        - 0.03 * (age - 45)
    )
    return 1 / (1 + math.exp(-score))


def observed(count: int, seed: int) -> Iterator[Person]:
    """People of the labelled data set."""
    return _people(count, stream(seed, _OBSERVED))


def customers(count: int, seed: int) -> Iterator[Person]:
    """The customers, whether or not they give information; distributed like those observed."""
    return _people(count, stream(seed, _CUSTOMERS))


def _people(count: int, rng: np.random.Generator) -> Iterator[Person]:
    ages = rng.integers(18, 81, count)
    kids = np.minimum(rng.poisson(1.4, count), 6)
    pets = np.minimum(rng.poisson(1.0, count), 5)
    siblings = np.minimum(rng.poisson(1.6, count), 7)
    incomes = np.round(60_000 * np.exp(0.5 * rng.standard_normal(count)))
    draws = rng.random(count)
    for values in zip(ages, kids, pets, siblings, incomes, draws, strict=True):
        age, kid, pet, sibling, income = (int(value) for value in values[:5])
        risk = risk_of(age, kid, pet, income)
        yield Person(age, kid, pet, sibling, income, risk, bool(values[5] < risk))
