"""Lets the next build know what the last one built, after relations got other object ids."""

from dataclasses import replace

from ingest.engine.session import Session
from warehouse.build import build_runs, build_state, fingerprint


def keep_build_state(connection: Session, prefix: str, before: str) -> None:
    """Records today's object ids in place of those of `before`, a fingerprint.built_hash.

    Does nothing where nothing moved, nor where the last build left another state than `before`:
    what changed since then is for the next build to see.
    """
    after = fingerprint.built_hash(connection, prefix)
    if after == before:
        return
    last_state, last = build_state.read(connection, prefix), build_runs.last_run(connection, prefix)
    if last_state is None or last is None or last_state.built_hash != before:
        return
    build_state.write(connection, prefix, replace(last_state, built_hash=after))
    plan = fingerprint.plan_hash(last_state.models_hash, last_state.settings_hash)
    if last.fingerprint == fingerprint.state_hash(connection, prefix, plan, before):
        build_runs.set_fingerprint(
            connection, prefix, fingerprint.state_hash(connection, prefix, plan, after)
        )
