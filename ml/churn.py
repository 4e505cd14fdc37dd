"""Churn: will this customer buy nothing in the days ahead?"""

from collections.abc import Collection

from psycopg import sql

from ingest.engine.session import Session
from ml.tasks import Task, read_features

# More labelled rows do not improve a model; above this, a fixed sample of customers is used.
MOST_ROWS = 200_000

_TRAINING = """
(select {columns}, case when labels.has_churned then 1 else 0 end as label,
    labels.customer_key as customer, labels.as_of_date - date '1970-01-01' as day,
    coalesce(baseline.churn_rate, 0.5) as segment_rate,
    features.purchase_days, features.tenure_days,
    labels.rfm_segment as segment
from {labels} as labels
inner join {features} as features
    on labels.customer_key = features.customer_key and labels.as_of_date = features.as_of_date
left join {baseline} as baseline
    on labels.source_system = baseline.source_system
    and labels.as_of_date = baseline.as_of_date
    and labels.rfm_segment = baseline.rfm_segment
where labels.source_system = {source} and mod(labels.customer_key, {every}) = 0)
"""
_SCORING = """
(select customer_id, {columns}, features.purchase_days, features.tenure_days
from {features} as features
where source_system = {source} and is_current and frequency > 0)
"""
_SOURCES = """
select horizons.source_system, horizons.as_of_date, horizons.horizon_days,
    coalesce(labelled.row_count, 0), coalesce(horizons.has_enough_history, false)
from {horizons} as horizons
left join (
    select source_system, count(*) as row_count from {labels} group by source_system
) as labelled on horizons.source_system = labelled.source_system
"""


def tasks(connection: Session, prefix: str, with_model: Collection[str] = ()) -> list[Task]:
    """A task for each source that has enough history, or a model from when it had."""
    tables = {
        name: sql.Identifier(prefix + schema, table)
        for name, schema, table in (
            ("features", "build_marts", "customer_features"),
            ("labels", "build_aggregates", "churn_labels"),
            ("baseline", "build_aggregates", "churn_baseline"),
            ("horizons", "build_aggregates", "churn_horizons"),
        )
    }
    features = read_features(connection, prefix, "churn")
    known = {row[0]: row for row in connection.execute(sql.SQL(_SOURCES).format(**tables))}
    wanted = {source for source, row in known.items() if row[-1]} | set(with_model)
    rows = [known.get(source, (source, None, None, 0, False)) for source in sorted(wanted)]
    columns = sql.SQL(", ").join(sql.Identifier("features", feature.name) for feature in features)
    found = []
    for source, as_of_date, horizon_days, row_count, has_enough_history in rows:
        values = {
            "columns": columns,
            "source": sql.Literal(source),
            "every": sql.Literal(max(1, -(-row_count // MOST_ROWS))),
            **tables,
        }
        found.append(
            Task(
                source_system=source,
                risk_type="churn",
                features=features,
                training=sql.SQL(_TRAINING).format(**values),
                scoring=sql.SQL(_SCORING).format(**values),
                horizon_days=horizon_days,
                as_of_date=as_of_date,
                has_training=has_enough_history,
            )
        )
    return found
