"""The state after the last build, so that the next build does only what is due."""

import json
import shutil
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path

from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.few_rows import batched, insert_rows
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from warehouse.build.dbt_manifest import NAME, reached, read_manifest
from warehouse.build.dbt_run import Outcome
from warehouse.settings import Settings

# What a column of Redshift holds.
_MOST_TEXT = 65_535
VIEWS = "config.materialized:view"
# What shows the ledger, which changes with every load and build. Facts read it, too: of their own
# loads alone, which are news.
_LEDGER = ("path:models/aggregates/quality+", "path:models/marts/quality+")


@dataclass(frozen=True)
class BuildState:
    """The last build: the hashes of its models and settings, the hash of the relations as it left
    them, and the dbt nodes that it did not finish.
    """

    models_hash: str
    settings_hash: str
    built_hash: str
    unfinished: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """What dbt selects (everything if `select` is empty), the unique ids that it leaves out,
    whether views are kept, the folder of the manifest that `state:modified` compares with, and
    the reason for this choice.
    """

    reason: str
    select: tuple[str, ...] = ()
    leave_out: Set[str] = frozenset()
    keeps_views: bool = False
    compared_with: Path | None = None

    def within(self, parts: Iterable[str]) -> tuple[str, ...]:
        """Selects what is chosen and is in one of the parts."""
        if not self.select:
            return tuple(parts)
        return tuple(f"{chosen},{part}" for part in parts for chosen in self.select)


def choose(
    last_state: BuildState | None,
    now: BuildState,
    news: Collection[str],
    settings: Settings,
    outdated: Collection[str] = (),
) -> Choice:
    """What a build must do to get the same result as a build of everything.

    now: the current hashes. news: raw tables whose live loads differ from those built, such as
    `cafe.transactions`. outdated: models that were built by other code.
    """
    kept = _kept_manifest(settings)
    if last_state is None:
        return Choice("no earlier build is on record")
    if last_state.settings_hash != now.settings_hash:
        return Choice("variables, macros or settings changed")
    if last_state.built_hash != now.built_hash:
        return Choice("tables were changed since the last build")
    is_changed = last_state.models_hash != now.models_hash
    if is_changed and not kept.is_file():
        return Choice("models changed")
    keeps_views = not is_changed and not last_state.unfinished and not outdated
    reasons = []
    if news:
        reasons.append(f"new files in {', '.join(sorted(news))}")
    if is_changed or outdated:
        reasons.append("changed models")
    if last_state.unfinished:
        reasons.append("what the last build did not finish")
    return Choice(
        " and ".join(reasons) or "changed scores or risk models, or erased persons",
        (
            *(f"source:{table}+" for table in sorted(news)),
            *(["state:modified+", *_changed_unit_tests(settings)] if is_changed else []),
            *(f"{name}+" for name in sorted({*last_state.unfinished, *outdated})),
            *_LEDGER,
        ),
        leave_out=_of_other_sources(settings, news) if keeps_views else frozenset(),
        keeps_views=keeps_views,
        compared_with=kept.parent if is_changed else None,
    )


def after_part(
    last_state: BuildState | None, before: BuildState, outcome: Outcome
) -> BuildState | None:
    """The state after a run of part of the project, with built_hash unchanged; None if it is not
    known. before: the hashes before that run.
    """
    if last_state is None or outcome.fatal:
        return None
    if replace(last_state, models_hash="", unfinished=()) != replace(before, models_hash=""):
        return None
    left = set(last_state.unfinished) - {result.name for result in outcome.results}
    return replace(last_state, unfinished=tuple(sorted(left | outcome.unfinished)))


def read(connection: Session, prefix: str) -> BuildState | None:
    """The state after the last build; None if it is not known."""
    query = sql.SQL("select models_hash, settings_hash, built_hash, unfinished from {}")
    row = connection.execute(query.format(_table(prefix, "build_state"))).fetchone()
    if row is None:
        return None
    models, settings, built, left = row
    return BuildState(models, settings, built, tuple(json.loads(left)))


def write(connection: Session, prefix: str, last_state: BuildState | None) -> None:
    """Records the state after a build; None if it is not known. Where the names of what is
    unfinished do not fit, it is not known either, and the next build builds everything.
    """
    state = Relation(f"{prefix}ops", "build_state")
    columns = ("models_hash", "settings_hash", "built_hash", "unfinished")
    rows = []
    if last_state is not None:
        left = json.dumps(last_state.unfinished)
        if len(left) <= _MOST_TEXT:
            hashes = (last_state.models_hash, last_state.settings_hash, last_state.built_hash)
            rows.append((*hashes, left))
    with connection.transaction():
        connection.execute(sql.SQL("delete from {}").format(state.quoted))
        insert_rows(connection, state, columns, rows)


def write_loads(
    connection: Session, prefix: str, loads: Mapping[int, str], held: Collection[str]
) -> None:
    """Records which loads are built: those of live_loads() except sources held back."""
    built, files = Relation(f"{prefix}ops", "built_loads"), _table(prefix, "load_files")
    engine = engine_of(connection)
    numbers = {number for number, table in loads.items() if table.split(".")[0] not in held}
    query = sql.SQL(
        "select built.load_id, files.source_system from {} as built "
        "left join {} as files on built.load_id = files.load_id"
    ).format(built.quoted, files)
    known = dict(connection.execute(query).fetchall())
    gone = sorted(n for n, source in known.items() if n not in numbers and source not in held)
    with connection.transaction():
        for some in batched(gone):
            among, values = engine.among(some)
            delete = sql.SQL("delete from {} where load_id {}").format(built.quoted, among)
            connection.execute(delete, values)
        new = ((number,) for number in sorted(numbers - known.keys()))
        insert_rows(connection, built, ["load_id"], new)


def live_loads(connection: Session, prefix: str) -> dict[int, str]:
    """The raw table of each live load, such as `cafe.transactions`."""
    query = sql.SQL("select load_id, source_system || '.' || table_name from {} where is_live")
    return dict(connection.execute(query.format(_table(prefix, "load_files"))).fetchall())


def loads_of(connection: Session, prefix: str, source: str) -> list[tuple[int, bool]]:
    """The live loads of a source, oldest first, and whether each is built."""
    query = sql.SQL(
        "select files.load_id, built.load_id is not null from {} as files "
        "left join {} as built on files.load_id = built.load_id "
        "where files.is_live and files.source_system = %s order by 1"
    ).format(_table(prefix, "load_files"), _table(prefix, "built_loads"))
    return connection.execute(query, [source]).fetchall()


def tables_with_news(connection: Session, prefix: str) -> set[str]:
    """Raw tables whose live loads differ from those built, such as `cafe.transactions`."""
    query = sql.SQL(
        "select distinct files.source_system || '.' || files.table_name "
        "from {} as files left join {} as built on files.load_id = built.load_id "
        "where files.is_live = (built.load_id is null)"
    ).format(_table(prefix, "load_files"), _table(prefix, "built_loads"))
    return {name for (name,) in connection.execute(query)}


def keep_manifest(settings: Settings) -> None:
    """Keeps the manifest of the project just built, for comparison at the next build."""
    kept = _kept_manifest(settings)
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(settings.home / "target" / NAME, kept)


def _of_other_sources(settings: Settings, news: Collection[str]) -> Set[str]:
    """Unique ids of the models downstream of news whose rows come only from other sources
    (`meta: only_from`), and of what is reached only through these models.
    """
    manifest = read_manifest(settings.home / "target")
    changed = {table.split(".")[0] for table in news}

    def is_of_others(unique_id: str) -> bool:
        meta = manifest["nodes"].get(unique_id, {}).get("config", {}).get("meta", {})
        return "only_from" in meta and changed.isdisjoint(meta["only_from"])

    starts = [
        unique_id
        for unique_id, source in manifest["sources"].items()
        if f"{source['source_name']}.{source['name']}" in news
    ]
    children = manifest["child_map"]
    left_out = reached(starts, lambda name: children.get(name, ())) - reached(
        starts, lambda name: (c for c in children.get(name, ()) if not is_of_others(c))
    )
    return {
        unique_id
        for unique_id in left_out
        if unique_id in manifest["nodes"]
        and "quality" not in manifest["nodes"][unique_id].get("fqn", ())
    }


def _changed_unit_tests(settings: Settings) -> Iterable[str]:
    """The models with a new or changed unit test: dbt runs a unit test only with its model."""
    kept = read_manifest(_kept_manifest(settings).parent)["unit_tests"]
    now = read_manifest(settings.home / "target")["unit_tests"]
    was = {name: test["checksum"] for name, test in kept.items()}
    return sorted({t["model"] for name, t in now.items() if was.get(name) != t["checksum"]})


def _kept_manifest(settings: Settings) -> Path:
    return settings.home / "target" / "built" / NAME


def _table(prefix: str, name: str) -> sql.Identifier:
    return sql.Identifier(prefix + "ops", name)
