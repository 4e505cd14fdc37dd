"""Reads by key as a BI tool does: connections of the reporter, one row at a time."""

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
from psycopg import sql

from warehouse.errors import WarehouseError
from warehouse.server import database
from warehouse.settings import Settings

CONNECTIONS = (1, 8)
READS = 2000
# The first reads of a connection also read the catalogue.
_UNCOUNTED = 50
_KEYS = {
    "household_profile": "household_key",
    "customer_rfm": "customer_key",
    "product_performance": "product_key",
}
Read = tuple[sql.Composed, object]


def read_by_key(settings: Settings, connections: int) -> list[float]:
    """Seconds of each read, spread over this many concurrent connections.

    Raises WarehouseError if a mart is empty.
    """
    with closing(database.connect(settings)) as connection:
        reads = _choose(connection)
    with ThreadPoolExecutor(connections) as threads:
        parts = [reads[start::connections] for start in range(connections)]
        return [
            seconds
            for times in threads.map(_read, [settings] * connections, parts)
            for seconds in times
        ]


def _choose(connection: psycopg.Connection) -> list[Read]:
    draw = random.Random(1)  # noqa: S311 (which keys are read)
    chosen: list[Read] = []
    for mart, key in _KEYS.items():
        names = sql.Identifier(key), sql.Identifier("marts", mart)
        keys = connection.execute(sql.SQL("select {} from {} order by 1").format(*names)).fetchall()
        if not keys:
            raise WarehouseError(f"The panel is too small: marts.{mart} has no rows.")
        query = sql.SQL("select * from {1} where {0} = %s").format(*names)
        chosen += [(query, value) for (value,) in draw.choices(keys, k=READS // len(_KEYS))]
    draw.shuffle(chosen)
    return chosen


def _read(settings: Settings, reads: Sequence[Read]) -> list[float]:
    times = []
    with closing(database.connect(settings, role="reporter")) as connection:
        connection.autocommit = True
        for number, (query, value) in enumerate([*reads[:_UNCOUNTED], *reads]):
            began = time.perf_counter()
            connection.execute(query, [value]).fetchone()
            if number >= _UNCOUNTED:
                times.append(time.perf_counter() - began)
    return times
