"""What core, aggregates and marts hold, as one checksum per table."""

import hashlib

import psycopg
from psycopg import sql

# They tell when things happened, which differs between two histories with one outcome.
TELL_TIMES = {"load_history", "late_arrivals", "data_version", "source_versions"}
# They remember what earlier builds saw, which differs likewise.
REMEMBER = {"dim_customer_history", "dim_product_history"}
# It tells of each file, which differs between two histories with the same rows.
TELLS_FILES = {"load_reconciliation"}
LOADS = ["load_id", "last_load_id"]
# Of scores: when their model was trained, and when they were made.
MOMENTS = ["model_version", "scored_at"]


def checksums(conninfo: str, *, with_memory: bool = False) -> dict[str, str]:
    """Checksum by schema.table over all columns but those of LOADS and MOMENTS; rows in any order.

    `with_memory` takes in MOMENTS, the snapshots and the histories made of them: for two runs of
    one warehouse, not for two warehouses.
    """
    schemas = ["core", "aggregates", "marts", *(["snapshots"] if with_memory else [])]
    left_out = TELL_TIMES if with_memory else TELL_TIMES | REMEMBER | TELLS_FILES
    columns_left_out = LOADS if with_memory else LOADS + MOMENTS
    sums = {}
    with psycopg.connect(conninfo) as connection:
        tables = connection.execute(
            "select table_schema, table_name, "
            "array_agg(column_name::text order by ordinal_position) "
            "from information_schema.columns where table_schema = any(%s) "
            "and column_name <> all(%s) group by 1, 2 order by 1, 2",
            [schemas, columns_left_out],
        ).fetchall()
        for schema, table, columns in tables:
            if table in left_out:
                continue
            rows = connection.execute(
                sql.SQL("select md5(row({})::text) from {} order by 1").format(
                    sql.SQL(", ").join(map(sql.Identifier, columns)),
                    sql.Identifier(schema, table),
                )
            ).fetchall()
            digest = hashlib.sha256("".join(row[0] for row in rows).encode()).hexdigest()
            sums[f"{schema}.{table}"] = f"{len(rows)} rows, {digest[:16]}"
    return sums
