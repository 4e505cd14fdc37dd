"""Warranty: is this customer a bad risk, judging by personal information?"""

from collections.abc import Collection

from psycopg import sql

from ingest.engine.session import Session
from ml.tasks import Task, read_features

_BANDS = sql.SQL(
    """
    cast(case
        when age < 25 then 'under 25' when age < 45 then '25-44'
        when age < 65 then '45-64' when age >= 65 then '65 and over' else 'unknown'
    end as varchar(32)) as age_band,
    cast(case
        when income < 50000 then 'under 50,000' when income < 100000 then '50,000-99,999'
        when income < 250000 then '100,000-249,999' when income >= 250000 then '250,000 and more'
        else 'unknown'
    end as varchar(32)) as income_band
    """
)


def tasks(connection: Session, prefix: str, with_model: Collection[str] = ()) -> list[Task]:
    """A task for each source with labelled observations, or with a model from earlier ones."""
    observations = sql.Identifier(prefix + "build_core", "fct_risk_observations")
    customers = sql.Identifier(prefix + "build_marts", "customer_features")
    features = read_features(connection, prefix, "warranty")
    observed = {
        row[0]
        for row in connection.execute(
            sql.SQL("select distinct source_system from {}").format(observations)
        )
    }
    days = dict(
        connection.execute(
            sql.SQL(
                "select source_system, max(as_of_date) from {} where is_current group by 1"
            ).format(customers)
        ).fetchall()
    )
    columns = sql.SQL(", ").join(sql.Identifier(feature.name) for feature in features)
    known = sql.SQL(" or ").join(
        sql.SQL("{} is not null").format(sql.Identifier(feature.name)) for feature in features
    )
    found = []
    for source in sorted(observed | set(with_model)):
        # The baseline for persons without purchases: the rate of the age band.
        training = sql.SQL(
            "(select {columns}, case when has_risk then 1 else 0 end as label, "
            "age_band as segment, "
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
                as_of_date=days.get(source),
                data_set="risk_observations",
                has_training=source in observed,
            )
        )
    return found
