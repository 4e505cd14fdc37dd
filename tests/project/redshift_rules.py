"""The rules for SQL on Redshift, which `make lint` checks."""

import importlib
import sys
from functools import cache
from pathlib import Path
from types import ModuleType


@cache
def redshift_rules() -> ModuleType:
    """The module of the rules, .ci/lint_redshift.py, which imports its neighbour."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".ci"))
    return importlib.import_module("lint_redshift")
