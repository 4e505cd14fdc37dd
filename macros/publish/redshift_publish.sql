{#
    On Redshift a rename is not atomic for readers, and TRUNCATE commits. So a public view always
    reads the same table in schema `published`, and one transaction deletes and inserts rows there
    and writes ops.publications. Of incremental models it replaces the rows that changed, of other
    tables all, where a run made the table anew. If it fails, readers keep what they had: publish
    again.

    The transaction is one call: with retries, dbt-redshift connects anew after a conflict and
    repeats the call that failed, which must not be the second half.

    Only where columns changed are table and view made anew. People's views over them go with them;
    the log names these.
#}
{% macro redshift__publish(nodes, is_whole, build_id) %}
    {%- set known = redshift__known_relations(nodes) -%}
    {%- set shown_ids = redshift__shown_ids() -%}
    {%- set statements = redshift__missing_schemas(nodes) -%}
    {%- set shown, new_views = [], [] -%}
    {%- for node in nodes | sort(attribute='depth')
        if node.build_schema ~ '.' ~ node.name in known
    -%}
        {%- if node.kind != 'view' -%}
            {%- do redshift__fill(node, known, shown_ids, statements) -%}
        {%- endif -%}
        {%- do redshift__point_view(node, known, statements, new_views) -%}
        {%- do shown.append(node) -%}
    {%- endfor -%}
    {%- do redshift__grant(shown, statements) -%}
    {%- if is_whole -%}
        {%- do redshift__write_publication(shown, known, build_id, statements) -%}
    {%- endif -%}
    {%- do run_query('start transaction;\n' ~ statements | join(';\n') ~ ';\ncommit') -%}
    {%- for node in (shown if var('write_comments', false) else new_views) -%}
        {%- do redshift__describe(node) -%}
    {%- endfor -%}
{% endmacro %}

{% macro redshift__publish_back(nodes) %}
    {%- do exceptions.raise_compiler_error(
        'Not on Redshift: what readers saw before the last publication is not kept there. To show '
        ~ 'earlier figures, take back what changed them (a load, a model), then build.'
    ) -%}
{% endmacro %}


{% macro redshift__missing_schemas(nodes) %}
    {%- set there = 'select nspname from pg_catalog.pg_namespace' -%}
    {%- set there = run_query(there).columns[0].values() | list -%}
    {%- set wanted = nodes | map(attribute='public_schema') | list + [published_schema()] -%}
    {%- set statements = [] -%}
    {%- for schema in wanted | unique if schema not in there -%}
        {%- do statements.append('create schema ' ~ adapter.quote(schema)) -%}
    {%- endfor -%}
    {%- do return(statements) -%}
{% endmacro %}

{#
    What is in the schemas of builds, of readers and of published tables: id, type and columns, with
    their types, by '<schema>.<name>'.
#}
{% macro redshift__known_relations(nodes) %}
    {%- set schemas = (
        nodes | map(attribute='public_schema') | list
        + nodes | map(attribute='build_schema') | list + [published_schema()]
    ) | unique -%}
    {%- set columns -%}
        select
            pg_namespace.nspname,
            pg_class.relname,
            cast(pg_class.oid as bigint) as relation_id,
            case when pg_class.relkind = 'v' then 'view' else 'table' end as relation_type,
            pg_attribute.attname,
            format_type(pg_attribute.atttypid, pg_attribute.atttypmod) as column_type
        from pg_catalog.pg_class
        inner join pg_catalog.pg_namespace on pg_class.relnamespace = pg_namespace.oid
        inner join pg_catalog.pg_attribute on pg_class.oid = pg_attribute.attrelid
        where
            pg_namespace.nspname in ('{{ schemas | join("', '") }}')
            and pg_class.relkind in ('r', 'v')
            and pg_attribute.attnum > 0
            and not pg_attribute.attisdropped
        order by pg_class.oid, pg_attribute.attnum
    {%- endset -%}
    {%- set known = {} -%}
    {%- for schema, name, relation_id, type, column, column_type in run_query(columns).rows -%}
        {%- set relation = known.setdefault(
            schema ~ '.' ~ name, {'id': relation_id | int, 'type': type, 'columns': []}
        ) -%}
        {%- do relation.columns.append((column, column_type)) -%}
    {%- endfor -%}
    {%- do return(known) -%}
{% endmacro %}

{# The built table that each public table was last filled from, by its id. #}
{% macro redshift__shown_ids() %}
    {%- set query = 'select relation_schema, relation_name, table_id from '
        ~ ops_table('published_relations') -%}
    {%- set found = {} -%}
    {%- for schema, name, table_id in run_query(query).rows if table_id is not none -%}
        {%- do found.update({schema ~ '.' ~ name: table_id | int}) -%}
    {%- endfor -%}
    {%- do return(found) -%}
{% endmacro %}


{# Brings the rows of the published table of a model to those built. #}
{% macro redshift__fill(node, known, shown_ids, statements) %}
    {%- set built = known[node.build_schema ~ '.' ~ node.name] -%}
    {%- set was = known.get(published_schema() ~ '.' ~ node.name) -%}
    {%- set is_same_table = shown_ids.get(node.public_schema ~ '.' ~ node.name) == built.id -%}
    {%- set source = adapter.quote(node.build_schema) ~ '.' ~ adapter.quote(node.name) -%}
    {%- set copy = adapter.quote(published_schema()) ~ '.' ~ adapter.quote(node.name) -%}
    {%- set columns = [] -%}
    {%- for column in built.columns -%}
        {%- do columns.append(adapter.quote(column[0])) -%}
    {%- endfor -%}
    {%- set insert = 'insert into ' ~ copy ~ ' (' ~ columns | join(', ') ~ ') select rows_of.'
        ~ columns | join(', rows_of.') ~ ' from ' ~ source ~ ' as rows_of' -%}
    {%- set keys, queue = node['keys'], unpublished(node.name) -%}
    {%- set waiting, asks_all = 0, false -%}
    {%- if keys -%}
        {%- set count = 'select count(*), count(' ~ keys[0] ~ ') from ' ~ queue -%}
        {%- set waiting, with_key = run_query(count).rows[0] -%}
        {%- set asks_all = waiting > with_key -%}
    {%- endif -%}

    {%- if was is none or was.columns != built.columns -%}
        {%- if was is not none -%}
            {%- do redshift__drop(published_schema(), node.name, known, statements) -%}
        {%- endif -%}
        {%- do statements.extend(['create table ' ~ copy ~ ' (like ' ~ source ~ ')', insert]) -%}
    {%- elif keys and is_same_table and not asks_all -%}
        {%- if waiting > 0 -%}
            {%- do statements.extend([
                'delete from ' ~ copy ~ ' using ' ~ queue ~ ' where '
                ~ same_keys(copy, queue, keys),
                insert ~ ' inner join (select distinct ' ~ keys | join(', ') ~ ' from ' ~ queue
                ~ ') as changed on ' ~ same_keys('rows_of', 'changed', keys)
            ]) -%}
        {%- endif -%}
    {%- elif node.kind == 'kept' or not is_same_table -%}
        {%- do statements.extend(['delete from ' ~ copy, insert]) -%}
    {%- endif -%}
    {%- if waiting > 0 -%}{%- do statements.append('delete from ' ~ queue) -%}{%- endif -%}
{% endmacro %}


{# Makes the public view of a model where it is missing or has to be another one. #}
{% macro redshift__point_view(node, known, statements, new_views) %}
    {%- set built = known[node.build_schema ~ '.' ~ node.name] -%}
    {%- set was = known.get(node.public_schema ~ '.' ~ node.name) -%}
    {%- set definition = redshift__definition(node, built) -%}
    {%- if was is none or was.type != 'view' or was.columns != built.columns
        or node.kind == 'view' and redshift__view_text(was.id) != definition
    -%}
        {%- if was is not none -%}
            {%- do redshift__drop(node.public_schema, node.name, known, statements) -%}
        {%- endif -%}
        {%- do statements.append('create view ' ~ redshift__view(node) ~ ' as ' ~ definition) -%}
        {%- do new_views.append(node) -%}
    {%- endif -%}
{% endmacro %}

{% macro redshift__view(node) %}
    {%- do return(api.Relation.create(
        database=target.database, schema=node.public_schema, identifier=node.name, type='view'
    )) -%}
{% endmacro %}

{# Comments of a view: with it alone, since each costs a second there. #}
{% macro redshift__describe(node) %}
    {%- set described = graph.nodes[node.unique_id] -%}
    {%- set comments = [
        alter_relation_comment(redshift__view(node), described.description),
        alter_column_comment(redshift__view(node), described.columns)
    ] -%}
    {#- dbt-redshift fails on a call without a statement, as for columns that nobody described. -#}
    {%- for comment in comments if comment | trim -%}{%- do run_query(comment) -%}{%- endfor -%}
{% endmacro %}

{# A model that is a view reads, as readers do, public relations. #}
{% macro redshift__definition(node, built) %}
    {%- if node.kind == 'view' -%}
        {%- set prefix = env_var('WAREHOUSE_SCHEMA_PREFIX', '') -%}
        {%- do return(modules.re.sub(
            '\\b' ~ prefix ~ 'build_(' ~ public_schemas() | join('|') ~ ')\\.',
            prefix ~ '\\1.', redshift__view_text(built.id)
        )) -%}
    {%- endif -%}
    {%- do return(
        'select * from ' ~ adapter.quote(published_schema()) ~ '.' ~ adapter.quote(node.name)
    ) -%}
{% endmacro %}

{% macro redshift__view_text(view_id) %}
    {%- set text = run_query('select pg_get_viewdef(cast(' ~ view_id ~ ' as oid))').rows[0][0] -%}
    {%- do return(text.strip().rstrip(';')) -%}
{% endmacro %}


{# Drops a relation with the views over it, and takes all of them out of what is known. #}
{% macro redshift__drop(schema, name, known, statements) %}
    {%- set relation = known.pop(schema ~ '.' ~ name) -%}
    {%- do redshift__note_dropped(relation.id, known) -%}
    {%- do statements.append(
        'drop ' ~ relation.type ~ ' ' ~ adapter.quote(schema) ~ '.' ~ adapter.quote(name)
        ~ ' cascade'
    ) -%}
{% endmacro %}

{% macro redshift__note_dropped(relation_id, known) %}
    {%- set views -%}
        select distinct pg_namespace.nspname, pg_class.relname, cast(pg_class.oid as bigint)
        from pg_catalog.pg_depend as reads
        inner join pg_catalog.pg_depend as rules on reads.objid = rules.objid
        inner join pg_catalog.pg_class on rules.refobjid = pg_class.oid
        inner join pg_catalog.pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where
            reads.refobjid = {{ relation_id }}
            and rules.deptype = 'i'
            and pg_class.relkind = 'v'
            and pg_class.oid <> {{ relation_id }}
    {%- endset -%}
    {%- for schema, name, view_id in run_query(views).rows -%}
        {%- set own = project_models() | selectattr('alias', 'equalto', name) | list -%}
        {%- if known.pop(schema ~ '.' ~ name, none) is none or not own -%}
            {%- do log('Dropped with what it reads: ' ~ schema ~ '.' ~ name, info=true) -%}
        {%- endif -%}
        {%- do redshift__note_dropped(view_id, known) -%}
    {%- endfor -%}
{% endmacro %}


{# Rights of each reader, in three statements. #}
{% macro redshift__grant(nodes, statements) %}
    {%- set readers = {} -%}
    {%- for node in nodes -%}
        {%- for reader in node.readers -%}{%- do readers.update({reader: true}) -%}{%- endfor -%}
    {%- endfor -%}
    {%- for reader in readers -%}
        {%- set schemas, granted, refused = {}, [], [] -%}
        {%- for node in nodes -%}
            {%- set view = adapter.quote(node.public_schema) ~ '.' ~ adapter.quote(node.name) -%}
            {%- if reader in node.readers -%}
                {%- do granted.append(view) -%}
                {%- do schemas.update({adapter.quote(node.public_schema): true}) -%}
            {%- else -%}
                {%- do refused.append(view) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do statements.extend([
            'grant usage on schema ' ~ schemas | join(', ') ~ ' to ' ~ grantee(reader),
            'grant select on ' ~ granted | join(', ') ~ ' to ' ~ grantee(reader)
        ]) -%}
        {%- if refused -%}
            {%- do statements.append(
                'revoke select on ' ~ refused | join(', ') ~ ' from ' ~ grantee(reader)
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}


{% macro redshift__write_publication(nodes, known, build_id, statements) %}
    {%- set publications = ops_table('publications') -%}
    {%- set relations = ops_table('published_relations') -%}
    {%- set filled = [] -%}
    {%- for node in nodes if node.kind != 'view' -%}
        {%- do filled.append(
            "('" ~ node.public_schema ~ "', '" ~ node.name ~ "', "
            ~ known[node.build_schema ~ '.' ~ node.name].id ~ ')'
        ) -%}
    {%- endfor -%}
    {%- do statements.extend([
        'insert into ' ~ publications ~ ' (publication_id, published_at, build_id, is_back) '
        ~ 'select coalesce(max(publication_id), 0) + 1, ' ~ dbt.current_timestamp()
        ~ ', cast(' ~ (build_id if build_id is not none else 'null') ~ ' as bigint), false from '
        ~ publications,
        'delete from ' ~ relations
    ]) -%}
    {%- if filled -%}
        {%- do statements.append(
            'insert into ' ~ relations ~ ' (relation_schema, relation_name, table_id) values '
            ~ filled | join(', ')
        ) -%}
    {%- endif -%}
{% endmacro %}
