"""The description of a risk, its features and rows, common to all risk types."""

import hashlib
from dataclasses import dataclass
from datetime import date

import numpy as np
from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.session import Session
from ml import purchase_pattern
from ml.model import Model
from ml.reading import read_all
from ml.training_set import TrainingSet
from ml.wording import Words, plain_words


@dataclass(frozen=True)
class Feature:
    """A column that models use: its label, whether it is personal, and the wording of reasons."""

    name: str
    label: str
    is_personal: bool
    words: Words


def read_features(connection: Session, prefix: str, risk_type: str) -> tuple[Feature, ...]:
    """The features of a risk type, in order, from reference.risk_features."""
    rows = connection.execute(
        sql.SQL(
            "select feature_name, label, is_personal, reason_kind, reason_kind_if_missing, "
            "risk_if_high, words_if_low, words_if_high, words_if_missing "
            'from {} where risk_type = %s order by "position"'
        ).format(sql.Identifier(prefix + "build_reference", "risk_features")),
        [risk_type],
    ).fetchall()
    return tuple(
        Feature(name, label, is_personal, Words(*words))
        for name, label, is_personal, *words in rows
    )


@dataclass(frozen=True)
class Task:
    """One risk of one source's customers.

    `training` is a relation of labelled rows: the features, `label` (0 or 1), `segment` (of the
    baseline), the columns of `groups` and, if `horizon_days` is given, `day` (days since
    1970-01-01), `customer` (a key), `segment_rate` (the baseline estimate of that day), and the
    columns of purchase_pattern. `scoring` is a relation of customers: the features, those columns
    and customer_id. The label of a row is known
    `horizon_days` after its day. `data_set` names the external data set that is archived, if the
    rows come from one. `has_training` says whether there may be training rows: an earlier model
    can score without them.
    """

    source_system: str
    risk_type: str
    features: tuple[Feature, ...]
    training: sql.Composed
    scoring: sql.Composed
    groups: tuple[str, ...] = ()
    horizon_days: int | None = None
    as_of_date: date | None = None
    data_set: str | None = None
    has_training: bool = True

    @property
    def name(self) -> str:
        """The model's name in the registry."""
        return f"models/{self.source_system}/{self.risk_type}"

    @property
    def title(self) -> str:
        """The name for messages."""
        return f"{self.risk_type} of {self.source_system}"

    def read_training(self, connection: Session, prefix: str) -> TrainingSet:
        """The labelled rows, in an order that is independent of their storage."""
        has_days = self.horizon_days is not None
        names = tuple(feature.name for feature in self.features)
        dated = ["day", "segment_rate", *purchase_pattern.HISTORY] if has_days else []
        numbers = [*names, "label", *dated]
        texts_of = ["segment", *self.groups, *(["customer"] if has_days else [])]
        chunk = read_all(connection, self.training, numbers, texts_of, prefix=prefix)
        count = len(names)
        texts = [np.array(text, dtype=str) for text in chunk.texts]
        order = np.lexsort((*texts, *chunk.values.T)) if len(chunk) else np.arange(0)
        values = chunk.values[order]
        days = values[:, count + 1].astype("datetime64[D]") if has_days else None
        return TrainingSet(
            names,
            np.ascontiguousarray(values[:, :count]),
            values[:, count] > 0.5,
            texts[0][order],
            values[:, count + 2] if has_days else None,
            days,
            self.horizon_days,
            {name: text[order] for name, text in zip(self.groups, texts[1:], strict=False)},
            texts[-1][order] if has_days else None,
            np.ascontiguousarray(values[:, count + 3 :]) if has_days else None,
        )

    def words(self, model: Model) -> list[Words]:
        """The wordings of a model's features (p,), including features no longer on the list."""
        known = {feature.name: feature.words for feature in self.features}
        known[purchase_pattern.NAME] = purchase_pattern.WORDS
        return [
            known.get(name) or plain_words(name, label)
            for name, label in zip(model.features, model.labels, strict=True)
        ]

    def fingerprint(self, connection: Session) -> str:
        """Hash of the customers to score, their features and the wordings of those.

        The server calculates that of the rows, each engine in its own way.
        """
        dated = purchase_pattern.HISTORY if self.horizon_days is not None else ()
        known = dict.fromkeys([*(feature.name for feature in self.features), *dated])
        names = ["customer_id", *known]
        row = connection.execute(
            sql.SQL("select count(*), {} from {} as given").format(
                engine_of(connection).hash_of_rows(names), self.scoring
            )
        ).fetchone()
        parts = [*row, self.as_of_date, repr(self.features)]
        counted = [str(part) for part in parts[:2] if part is not None]
        text = "|".join([*counted, *map(str, parts[2:])])
        return hashlib.sha256(text.encode()).hexdigest()
