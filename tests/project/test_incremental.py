"""Who rebuilds what after whom: the queues between incremental models follow the lineage."""

from collections.abc import Iterable
from typing import Any

import pytest

Node = dict[str, Any]


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> dict[str, Node]:
    """Every model by name."""
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }


@pytest.fixture(scope="module")
def feeds(models: dict[str, Node]) -> dict[str, set[str]]:
    """The models that each producer feeds."""
    found = {name: set(node["config"]["meta"].get("feeds", ())) for name, node in models.items()}
    found = {name: fed for name, fed in found.items() if fed}
    assert len(found) >= 5
    return found


@pytest.fixture(scope="module")
def scoped(models: dict[str, Node]) -> set[str]:
    """Incremental models that rebuild what a queue names."""
    found = {
        name
        for name, node in models.items()
        if node["config"].get("incremental_strategy") == "order_scope"
    }
    assert len(found) >= 8
    return found


def parents(node: Node) -> set[str]:
    """Names of what a node reads."""
    return {unique_id.split(".")[-1] for unique_id in node["depends_on"]["nodes"]}


def reached(start: Iterable[str], edges: dict[str, set[str]]) -> set[str]:
    """All that lies behind `start` along the edges, `start` left out."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        new = edges.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def test_scoped_models_lie_downstream_of_what_feeds_them(
    models: dict[str, Node], feeds: dict[str, set[str]], scoped: set[str]
) -> None:
    """Otherwise a queue is filled after it was emptied, and waits for the next build."""
    upstream = {name: parents(node) for name, node in models.items()}
    assert {model for fed in feeds.values() for model in fed} - scoped == set()
    wrong = [
        f"{model} is not downstream of {producer}"
        for producer, fed in feeds.items()
        for model in sorted(fed)
        if producer not in reached([model], upstream)
    ]
    assert wrong == []


def test_scoped_models_are_fed_by_every_producer_they_read(
    models: dict[str, Node], feeds: dict[str, set[str]], scoped: set[str]
) -> None:
    """Itself or by way of another; a change that no queue tells would never be taken in."""
    wrong = [
        f"{model} reads {producer}, which does not feed it"
        for model in sorted(scoped)
        for producer in sorted(parents(models[model]) & set(feeds))
        if model not in reached([producer], feeds)
    ]
    assert wrong == []
