"""The commands with the models in a bucket, from the first training to a forged model."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from ml.registry import Registry
from ml.run import Workshop
from tests.ml.small_marts import SmallMarts
from tests.ml.warehouse_command import Run
from warehouse.docs.model_cards import read_cards
from warehouse.settings import Settings

PEOPLE = 120
SCORES = (
    "select customer_id, probability, risk_tier, reason_1, reason_2, reason_3, model_version "
    "from ml.risk_scores join ml.model_runs using (run_id) "
    "where run_id = (select max(run_id) from ml.risk_scores) order by 1"
)


class Bucket:
    """What lies under an s3:// address, by its path below it."""

    def __init__(self, address: str):
        self._bucket, self._prefix = address.removeprefix("s3://").split("/", 1)
        self._client: Any = boto3.client("s3")

    def paths(self) -> set[str]:
        listed = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix + "/")
        return {item["Key"].removeprefix(self._prefix + "/") for item in listed["Contents"]}

    def read(self, path: str) -> bytes:
        found = self._client.get_object(Bucket=self._bucket, Key=f"{self._prefix}/{path}")
        content: bytes = found["Body"].read()
        return content

    def write(self, path: str, content: bytes) -> None:
        self._client.put_object(Bucket=self._bucket, Key=f"{self._prefix}/{path}", Body=content)


@pytest.fixture
def new_shop(
    new_database: Callable[[], str], bucket: str, tmp_path: Path
) -> Callable[[], SmallMarts]:
    """Warehouses of the same people, with one registry in the bucket."""

    def new() -> SmallMarts:
        marts = SmallMarts(new_database(), f"{bucket}/{tmp_path.name}/models")
        marts.observe_people()
        marts.add_people(PEOPLE)
        return marts

    return new


def test_from_training_to_a_forged_model(
    new_shop: Callable[[], SmallMarts], run_on: Callable[[SmallMarts], Run], tmp_path: Path
) -> None:
    shop = new_shop()
    run, stored = run_on(shop), Bucket(shop.workshop.registry.address)
    assert run("train").startswith("warranty of electronics: new ")
    assert f"{PEOPLE} customers scored" in run("score")
    folder = "models/electronics/warranty"
    pointer = json.loads(stored.read(f"{folder}/current.json"))
    first = pointer["version"]
    assert {path for path in stored.paths() if path.startswith(folder)} == {
        f"{folder}/current.json",
        f"{folder}/archive/{first}/entry.json",
        f"{folder}/archive/{first}/model.skops",
        f"{folder}/archive/{first}/training.json",
    }
    scores = shop.run(SCORES)
    assert len(scores) == PEOPLE and {row[-1] for row in scores} == {first}
    assert "model unchanged, scores unchanged" in run("train") + run("score")

    # Another warehouse with the same bucket learns nothing anew and says the same of its people.
    other = new_shop()
    assert f"{PEOPLE} customers scored" in run_on(other)("score")
    assert other.run(SCORES) == scores
    assert "model unchanged" in run_on(other)("train")

    # Other data make another model; the one before comes back, with its scores.
    shop.observe_people(seed=2)
    assert ": new " in run("train") and f"{PEOPLE} customers scored" in run("score")
    second = json.loads(stored.read(f"{folder}/current.json"))["version"]
    assert second != first and shop.run(SCORES)[0][-1] == second
    listed = run("models")
    assert listed.index(second) < listed.index(" current") < listed.index(first)
    assert shop.workshop.registry.address in listed
    assert f"Model {first} is current again" in run("models", "--rollback")
    assert json.loads(stored.read(f"{folder}/current.json")) == pointer
    assert "scores unchanged" in run("score")
    cards = read_cards(Settings.from_environment())
    assert [(card.entry.version, card.is_current) for card in cards] == [
        (first, True),
        (second, False),
    ]

    # A forged model scores nobody, and nothing of it all lies on this machine.
    path = f"{folder}/archive/{first}/model.skops"
    stored.write(path, stored.read(path) + b"x")
    told = run("score", "--force", exit_code=1)
    assert "was changed after it was archived" in told and "Traceback" not in told
    assert not list(tmp_path.rglob("*.skops"))


def test_a_bucket_that_is_not_there_is_named(
    new_shop: Callable[[], SmallMarts], run_on: Callable[[SmallMarts], Run]
) -> None:
    shop = new_shop()
    shop.workshop = Workshop(shop.connect, "", Registry("s3://no-such-bucket/models"))
    for command in ("train", "score", "models"):
        told = run_on(shop)(command, exit_code=1)
        assert "s3://no-such-bucket/models returned an error" in told and "Traceback" not in told
    assert shop.run("select count(*) from ml.model_runs") == [(0,)]
