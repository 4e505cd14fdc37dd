"""Whom the warranty model hits: bands of age and income, and how often it is wrong in each."""

import numpy as np
import pytest

from ml.training import group_figures
from ml.training_set import TrainingSet
from tests.ml.small_marts import SmallMarts

Person = tuple[int | None, float | None, bool]


def observe(marts: SmallMarts, people: list[Person]) -> None:
    """Replaces the observations by people of (age, income, has_risk), None where not known."""
    rows = ",".join(
        f"('electronics', {number}, {age or 'null'}, 1, 1, 1, {income or 'null'}, {risky})"
        for number, (age, income, risky) in enumerate(people)
    )
    marts.run("truncate build_core.fct_risk_observations")
    marts.run(f"insert into build_core.fct_risk_observations values {rows}")


def test_bands_begin_where_they_say(marts: SmallMarts) -> None:
    age_bands = {
        24: "under 25", 25: "25-44", 44: "25-44", 45: "45-64", 64: "45-64", 65: "65 and over",
    }  # fmt: skip
    income_bands = {
        49_999.99: "under 50,000",
        50_000: "50,000-99,999",
        99_999.99: "50,000-99,999",
        100_000: "100,000-249,999",
        249_999.99: "100,000-249,999",
        250_000: "250,000 and more",
    }
    people: list[Person] = [(age, 60_000, True) for age in age_bands]
    people += [(30, income, False) for income in income_bands]
    observe(marts, [*people, (None, None, True)])
    task = marts.task()
    with marts.connect() as connection:
        data = task.read_training(connection, "")
    ages, incomes = (data.values[:, data.features.index(name)] for name in ("age", "income"))
    found = set(zip(ages.tolist(), data.groups["age_band"].tolist(), strict=True))
    assert {(age, band) for age, band in found if age in age_bands} == set(age_bands.items())
    found = set(zip(incomes.tolist(), data.groups["income_band"].tolist(), strict=True))
    assert set(income_bands.items()) <= found
    (nobody,) = np.flatnonzero(np.isnan(ages) & np.isnan(incomes))
    assert data.groups["age_band"][nobody] == data.groups["income_band"][nobody] == "unknown"


def test_rates_of_each_band() -> None:
    """Nine people; called risky from 0.5 on.

    Under 25: of two risky one is called so, of three others two are. 45-64: one, not risky, rightly
    called so. 65 and over: of two others one is called risky, the risky one is found.
    """
    people = [
        # age band, income band, has risk, probability
        ("under 25", "low", True, 0.9),
        ("under 25", "high", True, 0.2),
        ("under 25", "low", False, 0.6),
        ("under 25", "high", False, 0.5),
        ("under 25", "high", False, 0.3),
        ("45-64", "high", False, 0.4),
        ("65 and over", "low", False, 0.1),
        ("65 and over", "low", False, 0.7),
        ("65 and over", "low", True, 0.8),
    ]
    ages, incomes, labels, probabilities = (
        np.array(column) for column in zip(*people, strict=True)
    )
    rows = TrainingSet(
        ("x",), np.zeros((9, 1)), labels, ages, groups={"age_band": ages, "income_band": incomes}
    )
    figures = {
        (figure.group_name, figure.group_value, figure.metric): figure.measure
        for figure in group_figures("holdout", rows, probabilities)
    }
    wrong = {
        key: (measure.value, measure.rows)
        for key, measure in figures.items()
        if key[2] in ("false_positive_rate", "false_negative_rate")
    }
    assert wrong == {
        ("age_band", "under 25", "false_positive_rate"): (pytest.approx(2 / 3), 3),
        ("age_band", "under 25", "false_negative_rate"): (0.5, 2),
        ("age_band", "45-64", "false_positive_rate"): (0.0, 1),
        ("age_band", "65 and over", "false_positive_rate"): (0.5, 2),
        ("age_band", "65 and over", "false_negative_rate"): (0.0, 1),
        ("income_band", "low", "false_positive_rate"): (pytest.approx(2 / 3), 3),
        ("income_band", "low", "false_negative_rate"): (0.0, 2),
        ("income_band", "high", "false_positive_rate"): (pytest.approx(1 / 3), 3),
        ("income_band", "high", "false_negative_rate"): (1.0, 1),
    }
    assert figures["age_band", "under 25", "positive_rate"].value == pytest.approx(2 / 5)
    assert figures["age_band", "under 25", "mean_probability"].value == pytest.approx(2.5 / 5)
    assert figures["income_band", "low", "mean_probability"].value == pytest.approx(3.1 / 5)


def test_a_training_writes_down_whom_it_hits(marts: SmallMarts) -> None:
    """Little income means risk, but for the old, of whom it is the other way round.

    A fifth as many are old, and as many of them rich as poor: age by itself tells nothing, so every
    poor person is called risky and no rich one is. All of the old are judged wrongly.
    """
    people: list[Person] = []  # no income twice, since copies would count once
    for extra in range(0, 1000, 5):
        people += [(30, 20_000 + extra, True), (30, 200_000 + extra, False)]
    for extra in range(1, 1000, 25):
        people += [(70, 20_000 + extra, False), (70, 200_000 + extra, True)]
    observe(marts, people)
    marts.workshop.train(marts.task())
    for part, risky in (("cross_validation", 192), ("holdout", 48)):
        rates = marts.run(
            "select group_value, metric, metric_value from ml.model_metrics where metric like "
            f"'false%' and predictor = 'model' and data_part = '{part}'"
        )
        assert sorted(rates) == [
            ("100,000-249,999", "false_negative_rate", 1.0),
            ("100,000-249,999", "false_positive_rate", 0.0),
            ("25-44", "false_negative_rate", 0.0),
            ("25-44", "false_positive_rate", 0.0),
            ("65 and over", "false_negative_rate", 1.0),
            ("65 and over", "false_positive_rate", 1.0),
            ("under 50,000", "false_negative_rate", 0.0),
            ("under 50,000", "false_positive_rate", 1.0),
        ]
        # Four fifths learn, a fifth is held out, half of either is risky.
        assert marts.run(
            "select group_name, sum(row_count) from ml.model_metrics where metric = "
            f"'false_negative_rate' and data_part = '{part}' group by 1 order by 1"
        ) == [("age_band", risky), ("income_band", risky)]
