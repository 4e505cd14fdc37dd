"""The tables that risk models read, made by hand, small enough to fill with any data."""

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from ml.registry import Registry
from ml.run import Workshop
from ml.tasks import Task

PERSONAL = ("age", "kids_count", "pets_count", "siblings_count", "income")
CHURN_FEATURES = ("recency_days", "basket_value")
_FEATURES = Path(__file__).parents[2] / "seeds" / "risk_features.csv"
_TABLES = """
create schema build_core; create schema build_aggregates;
create schema build_marts; create schema build_reference;
create table build_reference.risk_features (
    risk_type varchar(32), position integer, feature_name varchar(64), is_personal boolean,
    label varchar(128), reason_kind varchar(32), reason_kind_if_missing varchar(32),
    risk_if_high varchar(32), words_if_low varchar(128), words_if_high varchar(128),
    words_if_missing varchar(128)
);
create table build_core.fct_risk_observations (
    source_system varchar(32), observation_number integer, age integer, kids_count integer,
    pets_count integer, siblings_count integer, income numeric(18,4), has_risk boolean
);
create table build_marts.customer_features (
    source_system varchar(32), customer_key bigint, customer_id varchar(256), as_of_date date,
    is_current boolean, rfm_segment varchar(64), recency_days double precision,
    frequency double precision, basket_value double precision, purchase_days double precision,
    tenure_days double precision, age double precision,
    kids_count integer, pets_count integer, siblings_count integer, income double precision
);
create table build_aggregates.churn_labels (
    source_system varchar(32), customer_key bigint, as_of_date date, rfm_segment varchar(64),
    has_churned boolean
);
create table build_aggregates.churn_baseline (
    source_system varchar(32), as_of_date date, rfm_segment varchar(64),
    churn_rate double precision
);
create table build_aggregates.churn_horizons (
    source_system varchar(32), as_of_date date, horizon_days integer, has_enough_history boolean
);
"""

_SHOPPERS = """
insert into build_aggregates.churn_horizons values
    ('shop', '2024-05-01', 30, true), ('stall', '2024-05-01', null, false);
insert into build_aggregates.churn_baseline
select 'shop', date '2024-01-01' + 30 * n, 'all', 0.5 from generate_series(1, 4) n;
select setseed(0.5);
insert into build_marts.customer_features (source_system, customer_key, customer_id,
    as_of_date, is_current, rfm_segment, recency_days, frequency, basket_value)
select 'shop', c, 'c' || c, date '2024-01-01' + 30 * n, n = 4, 'all',
    floor(random() * 60), 1 + floor(random() * 5), random() * 100
from generate_series(1, 300) c, generate_series(0, 4) n;
insert into build_aggregates.churn_labels
select source_system, customer_key, as_of_date, rfm_segment,
    random() < 1 / (1 + exp((30 - recency_days) / 6))
from build_marts.customer_features where not is_current;
"""


class SmallMarts:
    """A database with those tables and the models' own, and a registry in a folder."""

    def __init__(self, conninfo: str, address: str):
        self.conninfo = conninfo
        self.workshop = Workshop(self.connect, "", Registry(address))
        self.run(_TABLES)
        self._list_features()

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.conninfo)

    def run(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.conninfo) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def _list_features(self) -> None:
        """Copies the list of features, as far as the made-up tables have them."""
        with _FEATURES.open() as file:
            rows = list(csv.reader(file))[1:]
        with (
            psycopg.connect(self.conninfo) as connection,
            connection.cursor() as cursor,
            cursor.copy("copy build_reference.risk_features from stdin") as copy,
        ):
            for row in rows:
                if row[2] in (*PERSONAL, *CHURN_FEATURES):
                    copy.write_row(row)

    def task(self, risk_type: str = "warranty") -> Task:
        return next(task for task in self.workshop.tasks() if task.risk_type == risk_type)

    def observe(self, path: Path) -> None:
        """Replaces the observations by a file's."""
        with path.open() as file:
            rows = list(csv.reader(file))[1:]
        self.run("truncate build_core.fct_risk_observations")
        with (
            psycopg.connect(self.conninfo) as connection,
            connection.cursor() as cursor,
            cursor.copy("copy build_core.fct_risk_observations from stdin") as copy,
        ):
            for number, row in enumerate(rows, 1):
                copy.write_row(["electronics", number, *row[:5], row[5] == "1"])

    def observe_people(self, count: int = 400, seed: int = 1) -> None:
        """Replaces the observations: little income and many pets tend to be risky."""
        draw = np.random.default_rng(seed)
        rows = []
        for number in range(count):
            age, kids, pets, siblings = (int(draw.integers(0, top)) for top in (80, 4, 6, 5))
            income = int(draw.integers(10_000, 200_000))
            chance = 1 / (1 + math.exp(income / 15_000 - 6 - pets / 2))
            risky = "true" if draw.random() < chance else "false"
            rows.append(f"('electronics',{number},{age},{kids},{pets},{siblings},{income},{risky})")
        self.run("truncate build_core.fct_risk_observations")
        self.run(f"insert into build_core.fct_risk_observations values {','.join(rows)}")

    def add_shoppers(self) -> None:
        """Adds 300 customers of a shop, four training days and the current one: those who were
        silent for more than a month tend to stay away.
        """
        self.run(_SHOPPERS)

    def add_people(self, count: int, seed: int = 1) -> None:
        """Adds customers of electronics with personal information."""
        draw = np.random.default_rng(seed)
        with psycopg.connect(self.conninfo) as connection, connection.cursor() as cursor:
            names = "source_system, customer_key, customer_id, as_of_date, is_current, "
            names += ", ".join(PERSONAL)
            with cursor.copy(f"copy build_marts.customer_features ({names}) from stdin") as copy:
                for number in range(count):
                    person = [
                        int(draw.integers(10, 100)),
                        *(int(draw.integers(0, 6)) for _ in range(3)),
                        int(draw.integers(1000, 400_000)),
                    ]
                    row = ["electronics", number, f"c{number}", "2024-03-01", True, *person]
                    copy.write_row(row)


NewMarts = Callable[[], SmallMarts]
