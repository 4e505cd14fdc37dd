"""The variable as_of_date: what it takes, and what it says to anything else."""

import shutil
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

PROJECT = "name: retail\nconfig-version: 2\nprofile: retail\nmacro-paths: [macros]\n"
OFFLINE = ["--no-introspect", "--no-populate-cache"]
MODEL = "select {{ as_of_date() or \"'each source has its own'\" }} as as_of_date\n"


@pytest.fixture
def project(project_dir: Path, tmp_path: Path) -> Path:
    """A project with the macro and one model that prints it."""
    (tmp_path / "macros").mkdir()
    (tmp_path / "models").mkdir()
    shutil.copy(project_dir / "macros" / "customers" / "as_of_date.sql", tmp_path / "macros")
    shutil.copy(project_dir / "profiles.yml", tmp_path)
    (tmp_path / "dbt_project.yml").write_text(PROJECT)
    (tmp_path / "models" / "chosen.sql").write_text(MODEL)
    return tmp_path


def compiled(project: Path, variables: str) -> str:
    """The model's SQL under the variables; raises what dbt raises."""
    folders = ["--project-dir", str(project), "--profiles-dir", str(project)]
    answer = dbtRunner().invoke(["--quiet", "compile", *OFFLINE, "--vars", variables, *folders])
    if answer.exception is not None:
        raise answer.exception
    return (project / "target" / "compiled" / "retail" / "models" / "chosen.sql").read_text()


@pytest.mark.parametrize(
    "variables",
    [
        "{as_of_date: 2004-02-29}",
        '{"as_of_date": "2004-02-29"}',
    ],
)
def test_a_day_is_taken_quoted_or_not(project: Path, variables: str) -> None:
    assert compiled(project, variables).strip() == (
        "select cast('2004-02-29' as date) as as_of_date"
    )


@pytest.mark.parametrize("variables", ["{}", "{as_of_date: null}"])
def test_none_leaves_each_source_its_own_day(project: Path, variables: str) -> None:
    assert "each source has its own" in compiled(project, variables)


@pytest.mark.parametrize(
    "given",
    [
        "31-12-2005",
        "'2005-13-01'",
        "'2005-06-31'",
        "2005-12-31 10:00:00",
        "yesterday",
        "'0000-01-01'",
        "'2005-12-31'' or true --'",
    ],
)
def test_anything_else_is_refused_in_one_clear_sentence(project: Path, given: str) -> None:
    with pytest.raises(Exception, match=r"The variable as_of_date is .* Write it as YYYY-MM-DD"):
        compiled(project, f"{{as_of_date: {given}}}")
