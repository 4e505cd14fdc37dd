"""Warranty: is this customer a bad risk, judging by personal information?"""

from collections.abc import Collection
from typing import Any

import psycopg
from psycopg import sql

from ml.tasks import Task, read_features

_BANDS = sql.SQL(
    """
    case
        when age < 25 then 'under 25' when age < 45 then '25-44'
        when age < 65 then '45-64' when age >= 65 then '65 and over' else 'unknown'
    end as age_band,
    case
        when income < 50000 then 'under 50,000' when income < 100000 then '50,000-99,999'
        when income < 250000 then '100,000-249,999' when income >= 250000 then '250,000 and more'
        else 'unknown'
    end as income_band
    """
)


def tasks(
    connection: psycopg.Connection[Any], prefix: str, with_model: Collection[str] = ()
) -> list[Task]:
    """A task for each source with labelled observations, or with a model from earlier ones."""
    observations = sql.Identifier(prefix + "build_core", "fct_risk_observations")
    customers = sql.Identifier(prefix + "build_marts", "customer_features")
    features = read_features(connection, prefix, "warranty")
    rows = connection.execute(
        sql.SQL(
            "select source_system, (select max(as_of_date) from {customers} as customers "
            "where customers.source_system = known.source_system and is_current), "
            "bool_or(is_observed) from (select source_system, true as is_observed "
            "from {observations} union select unnest(%s::text[]), false) as known "
            "group by source_system order by source_system"
        ).format(observations=observations, customers=customers),
        [list(with_model)],
    ).fetchall()
    columns = sql.SQL(", ").join(sql.Identifier(feature.name) for feature in features)
    known = sql.SQL(" or ").join(
        sql.SQL("{} is not null").format(sql.Identifier(feature.name)) for feature in features
    )
    found = []
    for source, as_of_date, is_observed in rows:
        # The baseline for persons without purchases: the rate of the age band.
        training = sql.SQL(
            "(select {columns}, cast(has_risk as integer) as label, age_band as segment, "
            "age_band, income_band from (select *, {bands} from {observations} "
            "where source_system = {source}) as banded)"
        ).format(
            columns=columns,
            bands=_BANDS,
            observations=observations,
            source=sql.Literal(source),
        )
        scoring = sql.SQL(
            "(select customer_id, {columns} from {customers} "
            "where source_system = {source} and is_current and ({known}))"
        ).format(columns=columns, customers=customers, source=sql.Literal(source), known=known)
        found.append(
            Task(
                source_system=source,
                risk_type="warranty",
                features=features,
                training=training,
                scoring=scoring,
                groups=("age_band", "income_band"),
                as_of_date=as_of_date,
                data_set="risk_observations",
                has_training=is_observed,
            )
        )
    return found
