"""Models as bytes: the same for the same data, and nothing foreign is loaded."""

import hashlib
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from ml import artifact
from ml.model import Model
from ml.model_errors import ModelError
from ml.training import train
from tests.ml.made_up import drawn

_TRAIN = """
import hashlib
from ml.training import train
from tests.ml.made_up import drawn
print(hashlib.sha256(train(drawn(), "shop", "churn", 1).model.to_bytes()).hexdigest())
"""


class Foreign(LogisticRegression):
    """What an attacker would put into an archive."""


def trained() -> Model:
    model = train(drawn(), "shop", "churn", 1).model
    assert model is not None
    return model


def test_two_trainings_give_the_same_bytes_in_any_process(project_dir: Path) -> None:
    first = trained().to_bytes()
    assert trained().to_bytes() == first
    done = subprocess.run(
        [sys.executable, "-c", _TRAIN], cwd=project_dir, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(first).hexdigest()


def test_other_data_give_other_bytes() -> None:
    other = train(drawn(seed=2), "shop", "churn", 1).model
    assert other is not None and other.to_bytes() != trained().to_bytes()


@pytest.mark.parametrize("algorithm", ["logistic_regression", "gradient_boosting"])
def test_a_model_read_back_says_the_same(algorithm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from ml import training

    monkeypatch.setattr(training, "CANDIDATES", {algorithm: training.CANDIDATES[algorithm]})
    model = trained()
    again = Model.from_bytes(model.to_bytes())
    values = np.vstack((drawn(seed=3).values, [[np.nan] * 3, [99, -99, 0]]))
    assert np.array_equal(again.parts(values), model.parts(values), equal_nan=True)
    assert again.algorithm == algorithm and again.labels == model.labels


def test_types_that_no_model_needs_are_not_loaded() -> None:
    data = skops.io.dumps({"format": 1, "pipeline": Pipeline([("a", Foreign())])})
    with pytest.raises(ModelError, match=r"test_artifact\.Foreign"):
        artifact.decode(data)


def test_what_is_no_archive_is_refused() -> None:
    emptied = BytesIO()
    zipfile.ZipFile(emptied, "w").close()
    for data in (b"", b"no archive", emptied.getvalue(), skops.io.dumps([1, 2])):
        with pytest.raises(ModelError, match="cannot be read"):
            artifact.decode(data)
    with pytest.raises(ModelError, match="another format"):
        Model.from_bytes(artifact.encode({"format": 0}))


@pytest.mark.parametrize(
    "content", [{}, {"features": 1}, {"features": [], "labels": [], "calibration": [1.0, 0.0]}]
)
def test_an_archive_without_a_models_fields_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="not that of a model"):
        Model.from_bytes(artifact.encode({"format": 1, **content}))
