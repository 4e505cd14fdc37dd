"""Who rebuilds what after whom: subscriptions between incremental models follow the lineage."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

Node = dict[str, Any]
Models = dict[str, Node]

# What an incremental model takes its work from; see macros/scope/subscriptions.sql.
WAYS = ("rebuilt_by", "takes_in", "compared_by")


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> Models:
    """Every model by name."""
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }


def word(node: Node, name: str) -> Any:
    """A word of the model's meta; nothing where it is not said."""
    return node["config"]["meta"].get(name, ())


def subscribers(models: Models) -> dict[str, Node]:
    """Models that rebuild what changed."""
    return {name: node for name, node in models.items() if word(node, "rebuilt_by")}


def producers(models: Models) -> set[str]:
    """Models whose changes others take in."""
    return {name for name, node in models.items() if any(word(node, way) for way in WAYS)}


def parents(models: Models, name: str) -> set[str]:
    """Names of what a model reads; of a view, what the view reads, too."""
    found = {unique_id.split(".")[-1] for unique_id in models[name]["depends_on"]["nodes"]}
    views = {n for n in found if n in models and models[n]["config"]["materialized"] == "view"}
    return found.union(*(parents(models, view) for view in views))


def ancestors(models: Models, name: str) -> set[str]:
    """All that a model is made from."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = {parent for parent in parents(models, waiting.pop()) if parent in models} - found
        found |= new
        waiting += new
    return found


def told(models: Models, name: str) -> set[str]:
    """The producers of whose changes a model learns: it names them, or one that it names does."""
    after = set(word(models[name], "after"))
    return after.union(*(told(models, producer) for producer in after if producer in models))


def told_of(models: Models, producer: str, keys: list[str]) -> str | None:
    """The model whose rows say what a producer changed: itself, or one that a lookup reaches."""
    named = word(models[producer], "reaches") or [producer]
    return next((name for name in named if set(keys) <= set(models[name]["columns"])), None)


def takes_orders(node: Node) -> bool:
    """Whether a model finds its orders by their loads."""
    return any(parent.endswith("__order_loads") for parent in node["depends_on"]["nodes"])


def faults(models: Models) -> Iterator[str]:
    """What is wrong with the subscriptions."""
    for name, node in models.items():
        if (node["config"]["materialized"] == "incremental") != (name in producers(models)):
            yield f"{name} says none of {', '.join(WAYS)}, or is not incremental"
        for reached in set(word(node, "reaches")) - parents(models, name):
            yield f"{name} does not name {reached} in depends_on"
        if (word(node, "after") or takes_orders(node)) and not word(node, "rebuilt_by"):
            yield f"{name} does not say what it rebuilds"
        if takes_orders(node) and not word(node, "takes_in"):
            yield f"{name} does not say that it takes in loads"
    for name, node in subscribers(models).items():
        keys = word(node, "rebuilt_by")
        for key in keys:
            constraints = node["columns"].get(key, {}).get("constraints", ())
            if "not_null" not in {constraint["type"] for constraint in constraints}:
                yield f"{name} has no key {key} that is never empty"
        for producer in word(node, "after"):
            if producer not in producers(models):
                yield f"{name} comes after {producer}, which announces nothing"
                continue
            # Otherwise the queue is filled after it was emptied, and waits for the next build.
            if producer not in ancestors(models, name):
                yield f"{name} is not downstream of {producer}"
            announced = told_of(models, producer, keys)
            # A customer's order without lines is none of the lines.
            if announced not in parents(models, name):
                yield f"{producer} tells {name}, by its keys {keys}, of {announced}"
        # A change that no queue tells would never be taken in.
        for producer in (parents(models, name) & producers(models)) - told(models, name):
            yield f"{name} reads {producer} and does not come after it"


def test_subscriptions_follow_the_lineage(models: Models) -> None:
    assert len(subscribers(models)) >= 8
    assert list(faults(models)) == []


def test_no_word_of_a_subscription_can_be_left_out(models: Models) -> None:
    """Nor any edge by which a subscriber learns of a producer."""
    taken_out = 0
    for name, node in models.items():
        said = [(way, None) for way in (*WAYS, "reaches") if word(node, way)]
        said += [(way, model) for way in ("after", "reaches") for model in word(node, way)]
        for kind, producer in said:
            doctored = copy.deepcopy(models)
            meta = doctored[name]["config"]["meta"]
            if producer:
                meta[kind].remove(producer)
            else:
                del meta[kind]
            assert list(faults(doctored)) != [], f"{kind} of {name}: {producer}"
            taken_out += 1
        for producer in word(node, "after"):
            doctored = copy.deepcopy(models)
            for reader in doctored.values():
                edges = reader["depends_on"]
                edges["nodes"] = [n for n in edges["nodes"] if not n.endswith(f".{producer}")]
            assert f"{name} is not downstream of {producer}" in set(faults(doctored))
            taken_out += 1
    assert taken_out > 30


def test_the_data_test_of_queues_waits_for_every_subscriber(
    manifest: dict[str, Any], models: Models
) -> None:
    [test] = [n for n in manifest["nodes"].values() if n["name"] == "changes_were_all_taken_in"]
    read = {unique_id.split(".")[-1] for unique_id in test["depends_on"]["nodes"]}
    assert read == set(subscribers(models))
