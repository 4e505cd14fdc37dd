from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ml.small_marts import NewMarts, SmallMarts


@pytest.fixture
def new_marts(new_database: Callable[[], str], tmp_path: Path) -> NewMarts:
    return lambda: SmallMarts(new_database(), str(tmp_path / "models"))


@pytest.fixture
def marts(new_marts: NewMarts) -> SmallMarts:
    return new_marts()
