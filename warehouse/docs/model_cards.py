"""The cards of the risk models on the site, one for each promoted model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from ml.registry import Entry, Registry
from warehouse.server import database
from warehouse.server.roles import REPORTER
from warehouse.settings import Settings

# What each risk is for, and what a score must not be used for.
PURPOSES = {
    "churn": "Predicts which customers are unlikely to buy in the days ahead, so that a "
    "shop can call them or send them an offer.",
    "warranty": "Predicts from personal information which customers are a bad risk, so that a "
    "warranty can be priced.",
}
FORBIDDEN = {
    "churn": (
        "to refuse service, or to make prices worse for a customer",
        "to judge a person's means, health or character",
        "for a decision about a single customer without human review",
        "for customers of another source than the one it was trained on",
    ),
    "warranty": (
        "for credit, employment, insurance, housing, or anything but the price of a warranty",
        "to refuse a warranty altogether",
        "as proof: it is a guess from five figures about a person, who may ask to have it "
        "explained and set aside",
        "where the law forbids prices by age or family; the error rates below show which groups "
        "it affects",
    ),
}


@dataclass(frozen=True)
class Card:
    """A promoted model: its archived training, and the drift found when it last scored."""

    source_system: str
    risk_type: str
    entry: Entry
    is_current: bool
    record: dict[str, Any]
    drift: tuple[dict[str, Any], ...] = ()

    @property
    def file(self) -> str:
        """The card's page."""
        return f"model-{self.source_system}-{self.risk_type}-{self.entry.version}.html"

    @property
    def title(self) -> str:
        """Its title on the site."""
        return f"{self.risk_type.capitalize()} of {self.source_system}"

    @property
    def purpose(self) -> str:
        """The purpose of the model."""
        return PURPOSES[self.risk_type]

    @property
    def forbidden(self) -> tuple[str, ...]:
        """What a score must not be used for."""
        return FORBIDDEN[self.risk_type]

    @property
    def run(self) -> dict[str, Any]:
        """The training's own figures."""
        run: dict[str, Any] = self.record["run"]
        return run

    @property
    def importance(self) -> list[dict[str, Any]]:
        """The features, the most important first."""
        found: list[dict[str, Any]] = self.record["feature_importance"]
        return found

    def metric(self, part: str, predictor: str, metric: str) -> dict[str, Any] | None:
        """One figure of all rows of a part."""
        for row in self.record["model_metrics"]:
            found = (row["data_part"], row["predictor"], row["metric"], row["group_name"])
            if found == (part, predictor, metric, "all"):
                return dict(row)
        return None

    def groups(self) -> dict[str, dict[str, dict[str, Any]]]:
        """By group and value the rates in cross-validation, where there are the most rows."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for row in self.record["model_metrics"]:
            if row["group_name"] != "all" and row["data_part"] == "cross_validation":
                values = found.setdefault(row["group_name"], {})
                values.setdefault(row["group_value"], {})[row["metric"]] = row
        return found


def read_cards(settings: Settings) -> list[Card]:
    """The cards of every archived model that was promoted, the current ones and the newest first.

    Needs no scikit-learn. Raises ModelError when the registry cannot be read.
    """
    registry = Registry(settings.models)
    cards = [card for name in registry.names("models") for card in _cards_of(registry, name)]
    with database.connect(settings, REPORTER) as connection:
        cards = [_with_drift(card, connection, settings.prefix) for card in cards]
    by_age = sorted(cards, key=lambda card: card.entry.version, reverse=True)
    return sorted(by_age, key=lambda card: (card.title, not card.is_current))


def _cards_of(registry: Registry, name: str) -> Iterator[Card]:
    _, source_system, risk_type = name.split("/")
    current = registry.current(name)
    for entry in registry.versions(name):
        record = registry.read_record(name, entry)
        if record is None or risk_type not in PURPOSES:
            continue
        yield Card(source_system, risk_type, entry, entry == current, record)


def _with_drift(card: Card, connection: psycopg.Connection, prefix: str) -> Card:
    query = sql.SQL(
        "select subject, feature_name, population_stability, outside_range_rate, scored_row_count "
        "from {drift} where run_id = (select max(run_id) from {runs} where run_type = 'scoring' "
        "and source_system = %s and risk_type = %s and model_version = %s) "
        "order by subject desc, population_stability desc, feature_name"
    ).format(
        drift=sql.Identifier(prefix + "ml", "drift"),
        runs=sql.Identifier(prefix + "ml", "model_runs"),
    )
    values = [card.source_system, card.risk_type, card.entry.version]
    rows: list[tuple[Any, ...]] = []
    missing = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)
    with suppress(*missing), connection.transaction():
        rows = connection.execute(query, values).fetchall()
    names = ("subject", "feature_name", "stability", "outside", "rows")
    drift = tuple(dict(zip(names, row, strict=True)) for row in rows)
    return Card(card.source_system, card.risk_type, card.entry, card.is_current, card.record, drift)
