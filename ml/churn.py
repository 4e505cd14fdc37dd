"""Churn: will this customer make no purchase in the days ahead?"""

from typing import Any

import psycopg

from ml.tasks import Task


def tasks(connection: psycopg.Connection[Any], prefix: str) -> list[Task]:
    """A task for each source with enough history."""
    return []
