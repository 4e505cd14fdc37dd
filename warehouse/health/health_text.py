"""The state of the warehouse for people: what `warehouse status` shows."""

from datetime import datetime

from ingest.counts import counted
from warehouse.health.health import Health

# The largest ones.
_MOST_SOURCES = 10


def render(health: Health) -> str:
    """The state as lines of text."""
    lines = [
        ("server", "running" if health.is_running else "not running (warehouse up starts it)"),
        ("address", f"{health.address}, {health.place}"),
    ]
    if health.version:
        is_named = not health.version[0].isdigit()
        lines.append(("version", health.version if is_named else f"PostgreSQL {health.version}"))
    if health.data_bytes is not None:
        lines.append(("data", _size(health.data_bytes)))
    if health.is_running:
        lines.append(("last load", _last_load(health)))
        lines.append(("last build", _last_build(health)))
    if health.published:
        again = " again" if health.published["is_back"] else ""
        shown = f"build {health.published['build_id']}{again}"
        since = _moment(health.published["published_at"])
        lines.append(("readers see", f"{shown}, since {since}"))
    if health.alerts:
        lines.append(("alerts", f"{counted(len(health.alerts), 'thing is', 'things are')} wrong "
                      "(warehouse alerts)"))  # fmt: skip
    lines += [("" if at else "sources", told) for at, told in enumerate(_sources(health))]
    lines += [("note", note) for note in health.notes]
    return "\n".join(f"{name:<11} {text}" for name, text in lines)


def _last_load(health: Health) -> str:
    load = health.last_load
    if not load:
        return "nothing loaded yet"
    return (
        f"{_moment(load['finished_at'])}  number {load['load_id']}, "
        f"{load['source']}.{load['table']}, {load['rows_loaded']:,} rows"
    )


def _last_build(health: Health) -> str:
    build = health.last_build
    if not build:
        return "nothing built yet"
    return (
        f"{_moment(build['finished_at'])}  number {build['build_id']} {build['status']}, "
        f"{build['models_built']:,} models, {build['tests_passed']:,} tests passed"
    )


def _sources(health: Health) -> list[str]:
    live = [source for source in health.sources if source["live_rows"]]
    told = []
    for source in live[:_MOST_SOURCES]:
        held = ", held back" if source["held_since"] else ""
        stale = ", no new files" if source["is_stale"] else ""
        told.append(f"{source['source']}, {source['live_rows']:,} rows{held}{stale}")
    if len(live) > _MOST_SOURCES:
        told.append(f"and {len(live) - _MOST_SOURCES:,} more")
    return told


def _moment(value: datetime) -> str:
    return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _size(count: int) -> str:
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TB"
