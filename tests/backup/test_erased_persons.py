"""A backup that is older than an erasure brings the person back; the list and a command help."""

from pathlib import Path

import pytest

from tests.backup.club_and_shops import Warehouse

pytestmark = pytest.mark.slow

ADDRESSES = "select email from raw_club.members order by email nulls last"
ADA = ("ada@example.org",)
BO = ("bo@example.org",)


def test_who_was_forgotten_since_is_forgotten_again(shops: Warehouse, backup: Path) -> None:
    shops.run("forget", "club", "4411", "--yes")
    assert shops.query(ADDRESSES) == [BO, (None,)]
    forgotten = shops.query("select count(*)::int from ops.forgotten")
    assert "Nobody who was forgotten is back." in shops.run("forget", "--again")

    told = shops.run("restore", str(backup), "--replace", "--yes")
    assert "1 forgotten person is back" in told and "forget --again" in told
    assert "ada" not in told and "4411" not in told
    # The list of the replaced warehouse is kept, which the backup does not have.
    assert shops.query("select count(*)::int from ops.forgotten") == forgotten
    assert shops.query(ADDRESSES) == [ADA, BO]

    asked = shops.run("forget", "--again", code=1, given=b"n\n")
    assert "Erase these persons again?" in asked
    assert shops.query(ADDRESSES) == [ADA, BO]
    told = shops.run("forget", "--again", "--yes")
    assert "Person 1 of club" in told and "nothing is left" in told
    assert shops.query(ADDRESSES) == [BO, (None,)]
    assert "Nobody who was forgotten is back." in shops.run("forget", "--again")


def test_a_restored_list_keeps_later_files_clean(
    shops: Warehouse, new_home: Warehouse, tmp_path: Path
) -> None:
    """In a new home the list is that of the backup, and works with its key."""
    shops.run("backup", str(tmp_path / "later.zip"))
    told = new_home.run("restore", str(tmp_path / "later.zip"))
    assert "back" not in told.replace("backup", "")
    new_home.enrol("again", "4411,ada@example.org", "4433,cy@example.org", folder=tmp_path)
    assert new_home.query(ADDRESSES) == [BO, ("cy@example.org",), (None,), (None,)]


def test_again_names_nobody(shops: Warehouse) -> None:
    assert "name nobody" in shops.run("forget", "--again", "club", "4422", code=2)
    assert "Name the person" in shops.run("forget", code=2)
    assert "Name the person" in shops.run("forget", "club", code=2)
