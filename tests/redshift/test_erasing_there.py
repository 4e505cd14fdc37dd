"""What erasing leaves on Redshift outside of its tables: nothing in logs, and old rows told of."""

import pytest

from ingest.erasure import redshift_rewriting
from tests.ingest.test_forgetting import PERSONAL, forget_in, token
from tests.ingest.test_forgetting import members as members
from tests.redshift.cluster import Cluster
from tests.redshift.cluster_shop import ClusterShop


def test_no_log_and_no_object_holds_a_value(members: ClusterShop, redshift: Cluster) -> None:
    redshift.ledger.clear()
    forget_in(members, "ecommerce", "winifred@quill.example")
    log = redshift.ledger.log()
    assert "raw_ecommerce" in log
    personal = ("quill", "Quill", "1987-05-17", "81234567", token("Quill_6845c"))
    assert [value for value in personal if value in log] == []
    assert redshift.keys("door/") == []
    everything = members.everything()
    assert [v for v in (*PERSONAL, token("Quill_6845c")) if v in everything] == []


def test_who_may_still_see_the_rows_is_named_until_they_are_gone(
    members: ClusterShop, redshift: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redshift_rewriting, "PATIENCE", 0.0)
    monkeypatch.setattr(redshift_rewriting, "PAUSE", 0.1)
    with redshift.connect() as reader:
        cursor = reader.cursor()
        cursor.execute("select count(*) from raw_ecommerce.members")
        left = forget_in(members, "ecommerce", "Quill_6845c").not_rewritten
        assert {one.table for one in left} == {
            *(f"raw_ecommerce.{name}" for name in ("applications", "members", "transactions")),
            "build_restricted.membership_applications",
        }
        assert left[0].holders[0].startswith(f"{redshift.user} (session ")
        assert len(left[0].holders) == 1
        monkeypatch.setattr(redshift_rewriting, "PATIENCE", 30.0)
        told: list[str] = []

        def end_reader(line: str) -> None:
            told.append(line)
            reader.rollback()

        done = forget_in(members, "ecommerce", "Quill_6845c", notify=end_reader)
        assert (done.rows, done.traces, done.not_rewritten) == (0, (), ())
    assert len(told) == 1
    assert told[0].startswith(f"waiting for {redshift.user} (session ")
    assert members.value("select count(*) from ops.pending_rewrites") == 0
