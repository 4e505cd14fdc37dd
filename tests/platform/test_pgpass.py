import multiprocessing
import stat
from pathlib import Path

import pytest

from warehouse.server import pgpass


@pytest.fixture
def password_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PGPASSFILE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / ".pgpass"


def test_makes_the_file_for_its_owner_alone(password_file: Path) -> None:
    assert pgpass.remember(15329, "warehouse", "first") == password_file
    assert password_file.read_text() == "127.0.0.1:15329:*:warehouse:first\n"
    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600


def test_leaves_other_lines_alone(password_file: Path) -> None:
    others = "# mine\ndb.example.com:5432:shop:me:a\\:b\n127.0.0.1:54330:*:warehouse:other\n"
    password_file.write_text(others)
    pgpass.remember(15329, "warehouse", "first")
    pgpass.remember(15329, "warehouse", "second")
    assert password_file.read_text() == "127.0.0.1:15329:*:warehouse:second\n" + others
    pgpass.forget(15329, "warehouse", "second")
    assert password_file.read_text() == others


def test_updates_the_line_where_it_stands(password_file: Path) -> None:
    password_file.write_text("a:1:b:c:d\n127.0.0.1:15329:*:warehouse:old\ne:1:f:g:h\n")
    pgpass.remember(15329, "warehouse", "new")
    assert password_file.read_text().splitlines()[1] == "127.0.0.1:15329:*:warehouse:new"


@pytest.mark.parametrize("wildcard", ["*:*:*:*:all", "127.0.0.1:*:*:*:all", "*:15329:*:*:all"])
def test_moves_before_a_line_that_would_match_first(password_file: Path, wildcard: str) -> None:
    password_file.write_text(f"{wildcard}\n127.0.0.1:15329:*:warehouse:old\n")
    pgpass.remember(15329, "warehouse", "new")
    assert password_file.read_text() == f"127.0.0.1:15329:*:warehouse:new\n{wildcard}\n"


def test_takes_rights_from_others(password_file: Path) -> None:
    password_file.write_text("127.0.0.1:15329:*:warehouse:same\n")
    password_file.chmod(0o644)
    pgpass.remember(15329, "warehouse", "same")
    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600


def test_does_not_write_when_nothing_changes(password_file: Path) -> None:
    pgpass.remember(15329, "warehouse", "same")
    before = password_file.stat().st_ino
    pgpass.remember(15329, "warehouse", "same")
    assert password_file.stat().st_ino == before


def test_follows_a_symbolic_link(password_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "pgpass"
    target.parent.mkdir()
    target.write_text("a:1:b:c:d\n")
    password_file.symlink_to(target)
    pgpass.remember(15329, "warehouse", "first")
    assert password_file.is_symlink()
    assert target.read_text() == "127.0.0.1:15329:*:warehouse:first\na:1:b:c:d\n"


def test_forgets_only_its_own_password(password_file: Path) -> None:
    pgpass.remember(15329, "warehouse", "of another home")
    pgpass.forget(15329, "warehouse", "mine")
    assert "of another home" in password_file.read_text()
    pgpass.forget(15329, "warehouse", "of another home")
    assert not password_file.exists()


def test_writers_at_once_lose_nothing(password_file: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [
        context.Process(target=pgpass.remember, args=(55000 + number, "warehouse", str(number)))
        for number in range(12)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = sorted(password_file.read_text().splitlines())
    assert lines == sorted(f"127.0.0.1:{55000 + n}:*:warehouse:{n}" for n in range(12))
