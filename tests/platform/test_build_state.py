"""What a build does: all that new files, changed models or a failed build call for, no more."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.platform.test_pipeline import Shop as LoadedShop
from tests.platform.workshop import running_mini_project
from warehouse.build import build_state
from warehouse.build.build_state import BuildState, choose
from warehouse.server import database
from warehouse.settings import Settings

TABLE = "{{ config(materialized='table', schema='marts') }}\n"
VIEW = "{{ config(materialized='view', schema='marts') }}\n"
TICKETS = "select count(*) as tickets from {{ source('cafe', 'transactions') }}"
MODELS = {
    # cafe -> seen (a view) -> tickets -> twice; alone reads nothing.
    "seen": VIEW + TICKETS,
    "tickets": TABLE + "select tickets from {{ ref('seen') }}",
    "twice": TABLE + "select 2 * tickets as tickets from {{ ref('tickets') }}",
    "alone": TABLE + "select 1 as one",
}
TESTS = """\
models:
  - name: seen
    columns: [{name: tickets, data_tests: [not_null]}]
  - name: twice
    columns: [{name: tickets, data_tests: [not_null]}]
  - name: alone
    columns: [{name: one, data_tests: [not_null]}]
"""
NOW = BuildState("models", "settings", "built")
LEDGER = ("path:models/aggregates/quality+", "path:models/marts/quality+")
# sales (of all) -> stock (of the bakery alone) -> few; sales and few -> both.
LINEAGE = {
    "sources": {"tills": {"source_name": "cafe", "name": "transactions"}},
    "nodes": {
        "sales": {"config": {"meta": {}}},
        "stock": {"config": {"meta": {"only_from": ["bakery"]}}},
        "few": {"config": {"meta": {}}},
        "both": {"config": {"meta": {}}},
    },
    "child_map": {
        "tills": ["sales"],
        "sales": ["stock", "both"],
        "stock": ["few"],
        "few": ["both", "exposure"],
    },
}


@pytest.fixture
def kept(tmp_path: Path) -> Settings:
    """A home with the manifests of a built project, one unit test changed since."""
    settings = Settings.from_environment({"WAREHOUSE_HOME": str(tmp_path)})
    test = {"model": "tickets", "checksum": "a"}
    other = {"model": "twice", "checksum": "c"}
    (tmp_path / "target" / "built").mkdir(parents=True)
    for folder, checksum in (("built", "a"), (".", "b")):
        tests = {"unit_test.one": test | {"checksum": checksum}, "unit_test.two": other}
        text = json.dumps({"unit_tests": tests} | LINEAGE)
        (tmp_path / "target" / folder / "manifest.json").write_text(text)
    return settings


def test_new_files_call_for_what_depends_on_their_table(kept: Settings) -> None:
    choice = choose(NOW, NOW, {"grocery.product", "cafe.transactions"}, kept)
    assert choice.select == ("source:cafe.transactions+", "source:grocery.product+", *LEDGER)
    assert choice.keeps_views and choice.compared_with is None
    assert choice.reason == "new files in cafe.transactions, grocery.product"


def test_models_of_other_sources_alone_are_left_out(kept: Settings) -> None:
    choice = choose(NOW, NOW, {"cafe.transactions"}, kept)
    assert choice.leave_out == {"stock", "few"}
    # Changed models may be any of them.
    changed = replace(NOW, models_hash="others")
    assert choose(NOW, changed, {"cafe.transactions"}, kept).leave_out == set()


def test_changed_models_call_for_them_and_for_those_whose_unit_tests_changed(
    kept: Settings,
) -> None:
    choice = choose(NOW, replace(NOW, models_hash="others"), {"cafe.transactions"}, kept)
    assert choice.select == (
        "source:cafe.transactions+",
        "state:modified+",
        "tickets",
        *LEDGER,
    )
    assert not choice.keeps_views
    assert choice.compared_with == kept.home / "target" / "built"


def test_what_was_not_finished_is_called_for_again(kept: Settings) -> None:
    choice = choose(replace(NOW, unfinished=("twice",)), NOW, (), kept)
    assert choice.select == ("twice+", *LEDGER) and not choice.keeps_views
    assert choice.reason == "what the last build did not finish"


def test_models_that_other_code_built_are_called_for(kept: Settings) -> None:
    choice = choose(NOW, NOW, (), kept, {"twice"})
    assert choice.select == ("twice+", *LEDGER) and not choice.keeps_views
    assert choice.reason == "changed models"


@pytest.mark.parametrize(
    ("last_state", "now", "reason"),
    [
        (None, NOW, "no earlier build"),
        (NOW, replace(NOW, settings_hash="others"), "variables, macros or settings"),
        (NOW, replace(NOW, built_hash="others"), "tables were changed"),
    ],
)
def test_all_else_calls_for_everything(
    kept: Settings, last_state: BuildState | None, now: BuildState, reason: str
) -> None:
    choice = choose(last_state, now, {"cafe.transactions"}, kept)
    assert choice.select == () and reason in choice.reason


def test_changed_models_without_a_manifest_call_for_everything(kept: Settings) -> None:
    (kept.home / "target" / "built" / "manifest.json").unlink()
    assert choose(NOW, replace(NOW, models_hash="others"), (), kept).select == ()


@pytest.fixture(scope="module")
def running(project_dir: Path) -> Iterator[Settings]:
    with running_mini_project(project_dir) as settings:
        yield settings


class Shop(LoadedShop):
    """A shop that tells which relations are other ones than before."""

    def write(self, name: str, text: str) -> None:
        (self.marts / f"{name}.sql").write_text(text)

    def replaced(self) -> set[str]:
        found = dict(
            self.query(
                "select relname, pg_class.oid from pg_class join pg_namespace as schemas "
                "on relnamespace = schemas.oid where nspname = 'build_marts' "
                "and relkind in ('r', 'v')"
            )
        )
        before, self.before = getattr(self, "before", {}), found
        return {name for name in MODELS if found.get(name) != before.get(name)}

    def last_tests(self) -> int:
        query = "select tests_passed from ops.build_runs order by build_id desc limit 1"
        return int(self.query(query)[0][0])


@pytest.fixture
def shop(running: Settings) -> Shop:
    shop = Shop(running)
    for path in shop.marts.iterdir():
        path.unlink()
    for name, text in MODELS.items():
        shop.write(name, text)
    (shop.marts / "schema.yml").write_text(TESTS)
    code, told = shop.build(force=True)
    assert code == 0, told
    shop.replaced()
    return shop


def test_a_file_builds_and_tests_what_depends_on_it_and_leaves_views(shop: Shop) -> None:
    shop.add_load()
    code, told = shop.build()
    assert code == 0, told
    assert shop.replaced() == {"tickets", "twice"}
    assert shop.last_tests() == 2  # of the view before, and of the table at the end
    assert shop.build()[1].startswith("Nothing new")


@pytest.mark.slow
def test_a_load_taken_out_is_news_too(shop: Shop) -> None:
    load = shop.add_load()
    assert shop.build()[0] == 0
    shop.replaced()
    shop.query(f"update ops.load_files set is_live = false where load_id = {load}")
    assert news(shop) == {"cafe.transactions"}
    assert shop.build()[0] == 0
    assert shop.replaced() == {"tickets", "twice"}
    assert news(shop) == set()


def test_a_changed_model_builds_itself_and_what_reads_it(shop: Shop) -> None:
    shop.write("tickets", MODELS["tickets"] + " -- the same")
    code, told = shop.build()
    assert code == 0, told
    assert shop.replaced() == {"tickets", "twice"}
    shop.write("seen", MODELS["seen"] + " -- the same")
    code, told = shop.build()
    assert code == 0, told
    assert shop.replaced() == {"seen", "tickets", "twice"}


def test_what_failed_is_built_next_time_with_what_it_kept_back(shop: Shop) -> None:
    broken = "select 1 / (tickets - tickets) as tickets from {{ ref('seen') }}"
    shop.write("tickets", TABLE + broken)
    shop.add_load()
    assert shop.build()[0] == 1
    assert shop.replaced() == {"seen"}
    # The file is built with the next run, whatever that run is for.
    shop.write("tickets", MODELS["tickets"])
    code, told = shop.build()
    assert code == 0, told
    assert shop.replaced() == {"tickets", "twice"}
    assert shop.build()[1].startswith("Nothing new")


def test_a_selection_leaves_the_rest_of_the_news_to_the_next_build(shop: Shop) -> None:
    shop.add_load()
    assert shop.build(select=("tickets",))[0] == 0
    assert shop.replaced() == {"tickets"}
    code, told = shop.build()
    assert code == 0, told
    assert shop.replaced() == {"tickets", "twice"}


def test_tables_replaced_by_hand_are_all_built_anew(shop: Shop) -> None:
    shop.query("drop view build_marts.alone")
    code, told = shop.build()
    assert code == 0, told
    assert told.startswith("Building everything: tables were changed since the last build.")
    assert shop.replaced() >= {"alone", "tickets", "twice"}


def test_other_variables_build_everything(shop: Shop) -> None:
    code, told = shop.build(variables={"as_of_date": "2020-01-01"})
    assert code == 0, told
    assert shop.replaced() >= {"alone", "tickets", "twice"}


def news(shop: Shop) -> set[str]:
    with closing(database.connect(shop.settings)) as connection:
        return build_state.tables_with_news(connection, shop.settings.prefix)


@pytest.mark.slow
def test_what_no_model_makes_any_more_is_dropped(shop: Shop) -> None:
    """`alone` moves to another schema, `twice` goes; tables that people made stay."""

    def relations() -> set[str]:
        return {
            row[0]
            for row in shop.query(
                "select nspname || '.' || relname from pg_class"
                " inner join pg_namespace on relnamespace = pg_namespace.oid"
                " where relname in ('alone', 'twice', 'mine') and nspname !~ '^build_'"
            )
        }

    shop.query(
        "create table marts.mine as select 1 as one; alter table marts.mine owner to transformer"
    )
    shop.query("create view marts.watching as select tickets from marts.twice")
    (shop.marts / "twice.sql").unlink()
    shop.write("alone", TABLE.replace("marts", "aggregates") + "select 1 as one")
    (shop.marts / "schema.yml").unlink()
    shop.write("tickets", TABLE + "select 1 / 0 as tickets from {{ ref('seen') }}")
    code, told = shop.build()
    assert code == 1 and "Dropped" not in told
    assert relations() == {"marts.mine", "marts.twice", "marts.alone"}

    shop.write("tickets", MODELS["tickets"])
    code, told = shop.build()
    assert code == 0, told
    assert "Dropped, because no model makes it any more: marts.alone." in told
    assert 'drop view "marts"."twice"' in told
    assert relations() == {"marts.mine", "marts.twice", "aggregates.alone"}

    shop.query("drop view marts.watching")
    code, told = shop.build(force=True)
    assert code == 0, told
    assert "Dropped, because no model makes it any more: marts.twice." in told
    assert relations() == {"marts.mine", "aggregates.alone"}
    shop.query("drop table marts.mine")
