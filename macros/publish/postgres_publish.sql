{% macro postgres__publish(nodes, is_whole, build_id) %}
    {%- do run_query(postgres__public_relations(nodes)) -%}
    {%- do run_query('begin') -%}
    {%- do postgres__copy_kept_tables() -%}
    {%- do postgres__move_new_tables() -%}
    {%- do run_query('commit') -%}
    {%- set number = postgres__current_number() + 1 -%}
    {%- do run_query(postgres__views_to_point()) -%}
    {%- do postgres__refuse_foreign_relations() -%}
    {%- if is_whole -%}
        {%- do postgres__await_older_snapshots() -%}
        {%- do postgres__add_arms(number) -%}
    {%- else -%}
        {%- do run_query("update to_point set change = 'replace' where change = 'arms'") -%}
    {%- endif -%}

    {%- do run_query('begin') -%}
    {%- do run_query("select pg_advisory_xact_lock(hashtext('warehouse publish'))") -%}
    {%- do postgres__replace_changed_rows() -%}
    {%- do postgres__point_views() -%}
    {%- do postgres__comment_and_grant() -%}
    {%- if is_whole -%}
        {%- do postgres__write_publication(number, build_id, false) -%}
    {%- else -%}
        {%- do run_query(postgres__forget_before()) -%}
    {%- endif -%}
    {%- do run_query('commit') -%}
    {%- do postgres__tidy() -%}
{% endmacro %}


{# Runs the statements that a query puts together, as one. #}
{% macro run_made(query) %}
    {%- set statements = run_query(query).columns[0].values() | list -%}
    {%- if statements -%}{%- do run_query(statements | join(';\n')) -%}{%- endif -%}
{% endmacro %}


{#
    The public nodes that are built, as the temporary table `public_relations`. A view in the place
    of a kept table, as `dbt clone` makes it, has no rows to copy.
#}
{% macro postgres__public_relations(nodes) %}
drop table if exists public_relations;
create temporary table public_relations as
select
    nodes.public_schema, nodes.build_schema, nodes.name, nodes.depth, nodes.keys, nodes.readers,
    case
        when nodes.kind = 'kept' and built.relkind = 'v' then 'table' else nodes.kind
    end as kind,
    format('%I.%I', nodes.public_schema, nodes.name) as public_name,
    format('%I.%I', nodes.build_schema, nodes.name) as built_name,
    built.oid as built_id,
    format('%I.%I', '{{ published_schema() }}', nodes.name || '__' || built.oid) as copy_name,
    format('%I.%I', '{{ queue_schema() }}', nodes.name || '__unpublished') as queue_name,
    format('%I.%I', '{{ published_schema() }}', nodes.name || '__keys') as keys_name,
    format('%I.%I', '{{ published_schema() }}', nodes.name || '__before') as before_name
from json_to_recordset(cast('{{ tojson(nodes) | replace("'", "''") }}' as json)) as nodes (
    public_schema text, build_schema text, name text, kind text, depth integer, keys text[],
    readers text[]
)
inner join pg_class as built
    on built.oid = to_regclass(format('%I.%I', nodes.build_schema, nodes.name))
{% endmacro %}

{# The kept tables: name, keys, and the names of build, copy, queue, keys and rows before. #}
{% macro postgres__kept_tables(condition='true') %}
    {%- set columns -%}
        select
            name, array_to_json(keys) as key_columns, built_name, built_id, copy_name, queue_name,
            keys_name, before_name,
            (
                select string_agg(quote_ident(attname), ', ' order by attnum)
                from pg_attribute
                where attrelid = built_id and attnum > 0 and not attisdropped
            ) as columns
        from public_relations
        where kind = 'kept' and {{ condition }}
        order by name
    {%- endset -%}
    {%- do return(run_query(columns).rows) -%}
{% endmacro %}


{# Makes the copy of each kept table that has none, or one of a table that no longer exists. #}
{% macro postgres__copy_kept_tables() %}
    {%- if not has_rows(
        "select 1 from pg_namespace where nspname = '" ~ published_schema() ~ "'"
    ) -%}
        {%- do run_query('create schema ' ~ published_schema()) -%}
    {%- endif -%}
    {%- for kept in postgres__kept_tables('to_regclass(copy_name) is null') -%}
        {%- do run_query('lock table ' ~ kept.built_name ~ ' in share mode') -%}
        {%- if fromjson(kept.key_columns) -%}
            {%- do run_query('delete from ' ~ kept.queue_name) -%}
        {%- endif -%}
        {%- do run_query(
            'create table ' ~ kept.copy_name ~ ' (like ' ~ kept.built_name
            ~ ' including comments including defaults);'
            ~ 'insert into ' ~ kept.copy_name ~ ' select * from ' ~ kept.built_name
        ) -%}
        {%- set made -%}
            select
                'create ' || case when indisunique then 'unique ' else '' end || 'index on '
                || '{{ kept.copy_name }}' || substring(pg_get_indexdef(indexrelid) from ' USING .*')
            from pg_index where indrelid = {{ kept.built_id }}
            union all
            select
                format('alter table {{ kept.copy_name }} alter column %I set statistics 0', attname)
            from pg_attribute where attrelid = {{ kept.built_id }} and attstattarget = 0
        {%- endset -%}
        {%- do run_made(made) -%}
        {%- do run_query('analyze ' ~ kept.copy_name) -%}
    {%- endfor -%}
{% endmacro %}


{#
    Replaces the changed rows in the copies of kept tables. <model>__keys and <model>__before keep
    what was replaced, for publish_back().
#}
{% macro postgres__replace_changed_rows() %}
    {%- do postgres__drop_rows_before() -%}
    {%- for kept in postgres__kept_tables() -%}
        {%- set keys = fromjson(kept.key_columns) -%}
        {%- if keys and has_rows('select 1 from ' ~ kept.queue_name) -%}
            {%- do run_query(postgres__take_keys(kept, keys)) -%}
            {%- if has_rows(
                'select 1 from ' ~ kept.keys_name ~ ' where ' ~ keys[0] ~ ' is null'
            ) -%}
                {%- do run_query(postgres__replace_all_rows(kept)) -%}
            {%- else -%}
                {%- do run_query(postgres__replace_rows(kept, keys)) -%}
            {%- endif -%}
        {%- elif not keys and has_rows(postgres__difference(kept.built_name, kept.copy_name)) -%}
            {%- do run_query(postgres__replace_all_rows(kept)) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{% macro postgres__difference(one, other) %}
select 1 from (
    (table {{ one }} except all table {{ other }}) union all
    (table {{ other }} except all table {{ one }})
) as difference
{% endmacro %}

{% macro postgres__take_keys(kept, keys) %}
create table {{ kept.keys_name }} (like {{ kept.queue_name }});
with gone as (delete from {{ kept.queue_name }} returning *)
insert into {{ kept.keys_name }} select distinct {{ keys | join(', ') }} from gone;
analyze {{ kept.keys_name }}
{% endmacro %}

{% macro postgres__replace_rows(kept, keys) %}
create table {{ kept.before_name }} as
select rows_of.* from {{ kept.copy_name }} as rows_of
inner join {{ kept.keys_name }} as changed on {{ same_keys('rows_of', 'changed', keys) }};
delete from {{ kept.copy_name }} as rows_of using {{ kept.keys_name }} as changed
where {{ same_keys('rows_of', 'changed', keys) }};
insert into {{ kept.copy_name }} ({{ kept.columns }})
select rows_of.{{ kept.columns | replace(', ', ', rows_of.') }}
from {{ kept.built_name }} as rows_of
inner join {{ kept.keys_name }} as changed on {{ same_keys('rows_of', 'changed', keys) }}
{% endmacro %}

{% macro postgres__replace_all_rows(kept) %}
create table {{ kept.before_name }} as table {{ kept.copy_name }};
delete from {{ kept.copy_name }};
insert into {{ kept.copy_name }} ({{ kept.columns }})
select {{ kept.columns }} from {{ kept.built_name }}
{% endmacro %}


{#
    Moves each table that a run made anew to the published tables. A view on it takes its place, for
    builds; views over it, of models and of people, are pointed at that.
#}
{% macro postgres__move_new_tables() %}
    {%- set made -%}
        select
            public_relations.*,
            exists (
                select 1 from pg_depend
                where pg_depend.refobjid = built_id
                    and pg_depend.classid = cast('pg_rewrite' as regclass)
            ) as has_views
        from public_relations
        inner join pg_class on public_relations.built_id = pg_class.oid
        where public_relations.kind = 'table' and pg_class.relkind = 'r'
    {%- endset -%}
    {%- set moves = [] -%}
    {%- for made in run_query(made).rows -%}
        {%- set new_name = made.name ~ '__' ~ made.built_id -%}
        {%- set move -%}
            alter table {{ made.built_name }} set schema {{ published_schema() }};
            alter table {{ published_schema() }}.{{ adapter.quote(made.name) }}
                rename to {{ adapter.quote(new_name) }};
            create view {{ made.built_name }} as select * from {{ made.copy_name }}
        {%- endset -%}
        {%- if made.has_views -%}
            {%- set built = api.Relation.create(
                database=target.database, schema=made.build_schema, identifier=made.name,
                type='view'
            ) -%}
            {%- do run_query(postgres__note_dependents(built)) -%}
            {%- do run_query(move) -%}
            {%- do postgres__keep_dependents(built.incorporate(
                path={'schema': published_schema(), 'identifier': new_name}
            ), built) -%}
        {%- else -%}
            {%- do moves.append(move) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if moves -%}{%- do run_query(moves | join(';\n')) -%}{%- endif -%}
{% endmacro %}


{# What is published by name is not brought back with the rest. #}
{% macro postgres__forget_before() %}
update {{ ops_table('published_relations') }} as shown
set table_id = to_point.source_id, before_id = null, before_definition = null
from to_point
where to_point.public_schema = shown.relation_schema
    and to_point.name = shown.relation_name
    and to_point.kind <> 'view'
{% endmacro %}
