"""The SQL around what pg_restore writes: one transaction, all of it run by psql.

First the schemas that are there get other names, and readers go on reading them, since a name in an
open transaction is nobody else's. Then pg_restore's statements make the schemas anew. At last the
rows are counted, and what is known by object id gets today's: each relation has a new one.
"""

import json

from psycopg import sql

from warehouse.backup.backup_manifest import BackupManifest
from warehouse.server.replaced_schemas import replaced_name

# What psql answers.
COUNTED = "counted"
DIFFERENT = "different:"
COMMITTED = "committed"

_RELATIONS = """
set search_path = pg_catalog, pg_temp;
create temporary table restored as
select given.*, pg_class.oid as new_id
from json_to_recordset({given}) as given (relation_schema text, relation_name text, old_id bigint)
left join pg_namespace on nspname = relation_schema
left join pg_class on relnamespace = pg_namespace.oid and relname = relation_name;
create temporary table different as
select format('%I.%I', relation_schema, relation_name) as name from restored where new_id is null;
"""
_ANSWER = """
select count(*) > 0 as is_different, string_agg(name, ', ' order by name) as names from different
\\gset
\\if :is_different
    \\echo different: :names
    \\quit
\\endif
\\echo counted
"""
# Published tables are named after the object id of the table that was built, their own or that of
# the table that they copy (macros/publish/postgres_publish.sql). Renamed in two steps, since a new
# name may be another table's old one.
_NAMES = r"""
create temporary table renamed as
select
    published.relation_name as old_name,
    'restored__' || published.new_id as passing_name,
    regexp_replace(published.relation_name, '__\d+$', '') || '__'
    || coalesce(built.new_id, published.new_id) as new_name
from restored as published
left join restored as built
    on cast(built.old_id as text) = substring(published.relation_name from '__(\d+)$')
where published.relation_schema = {published} and published.relation_name ~ '__\d+$';
select format('alter table %I.%I rename to %I', {published}, old_name, passing_name) from renamed
\gexec
select format('alter table %I.%I rename to %I', {published}, passing_name, new_name) from renamed
\gexec
"""
_IDS = """
update {shown} set
    table_id = (select new_id from restored where old_id = table_id),
    before_id = (select new_id from restored where old_id = before_id);
"""
# The list says something only to who has the key that it was made with.
_FORGOTTEN = """
insert into {now} (source_system, identifier, value_hash, forgotten_at)
select source_system, identifier, value_hash, forgotten_at from {before}
where exists (select 1 from {keys} inner join {keys_before} using (fingerprint))
on conflict do nothing;
"""


def opening(existing: list[str], prefix: str) -> str:
    """Begins the transaction, and renames the existing schemas. Results are not printed."""
    renames = [
        sql.SQL("alter schema {} rename to {};").format(
            sql.Identifier(name), sql.Identifier(replaced_name(prefix, number))
        )
        for number, name in enumerate(existing, 1)
    ]
    return "\\o /dev/null\nbegin;\n" + _lines(renames)


def counting(manifest: BackupManifest) -> str:
    """Answers COUNTED, or DIFFERENT with the tables that do not have the manifest's rows."""
    given = [
        {"relation_schema": r.schema, "relation_name": r.name, "old_id": r.object_id}
        for r in manifest.relations
    ]
    counts = [
        sql.SQL("insert into different select {} where (select count(*) from {}) <> {};").format(
            sql.Literal(f"{schema}.{name}"), sql.Identifier(schema, name), sql.Literal(rows)
        )
        for (schema, name), rows in manifest.tables.items()
    ]
    relations = sql.SQL(_RELATIONS).format(given=sql.Literal(json.dumps(given)))
    return _lines([relations, *counts]) + _ANSWER


def closing(manifest: BackupManifest, existing: list[str]) -> str:
    """Renames what is named after object ids, keeps who was forgotten since, and commits."""
    prefix = manifest.prefix
    ops, published = f"{prefix}ops", f"{prefix}published"
    statements = []
    if (ops, "published_relations") in manifest.tables:
        statements += [
            sql.SQL(_NAMES).format(published=sql.Literal(published)),
            sql.SQL(_IDS).format(shown=sql.Identifier(ops, "published_relations")),
        ]
    if ops in existing:
        before = replaced_name(prefix, existing.index(ops) + 1)
        statements.append(
            sql.SQL(_FORGOTTEN).format(
                now=sql.Identifier(ops, "forgotten"),
                before=sql.Identifier(before, "forgotten"),
                keys=sql.Identifier(ops, "token_keys"),
                keys_before=sql.Identifier(before, "token_keys"),
            )
        )
    return _lines(statements) + f"commit;\n\\echo {COMMITTED}\n"


def _lines(statements: list[sql.Composed]) -> str:
    return "".join(statement.as_string() + "\n" for statement in statements)
