{# We replace dbt here. #}
{#
    dbt replaces a table or view by making a new one, renaming both, and dropping the old one with
    all views over it, whether or not they are part of the run. On PostgreSQL such views are pointed
    at the new relation instead, in the transaction that swaps the two: they keep their grants and
    comments, and a run of a few models leaves the others alone.

    A view that reads a column that is gone, or has another type now, cannot be kept. Neither can a
    materialized view or a view of another owner. These go, as they would with dbt; the log names
    them.
#}
{% macro postgres__rename_relation(from_relation, to_relation) %}
    {%- if to_relation.identifier.endswith('__dbt_backup') -%}
        {#- Before any lock on a relation, since two swaps may share a view over both. -#}
        {%- do run_query("select pg_advisory_xact_lock(hashtext('warehouse swap'))") -%}
        {%- set noted = run_query(postgres__note_dependents(from_relation)).rows[0][0] -%}
        {#- Views before what they read, as readers do: an owner set to itself is a lock alone. -#}
        {%- for view in fromjson(noted) if view.is_ours -%}
            {%- do run_query('alter view ' ~ view.name ~ ' owner to ' ~ view.owner) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ dbt.default__rename_relation(from_relation, to_relation) }}
    {%- set backup = load_cached_relation(make_backup_relation(to_relation, 'view')) -%}
    {%- if backup is not none -%}
        {%- do postgres__keep_dependents(backup, to_relation) -%}
    {%- endif -%}
{% endmacro %}

{#
    A seed under --full-refresh, or with other columns than the table has, is dropped and made anew;
    views over it are kept as well.
#}
{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {%- if not full_refresh and has_columns_of(old_relation, agate_table) -%}
        {%- do return(dbt.default__reset_csv_table(model, false, old_relation, agate_table)) -%}
    {%- endif -%}
    {%- set backup = make_backup_relation(old_relation, 'table') -%}
    {%- do adapter.rename_relation(old_relation, backup) -%}
    {%- set sql = create_csv_table(model, agate_table) -%}
    {%- do postgres__keep_dependents(backup, old_relation) -%}
    {%- do adapter.drop_relation(backup) -%}
    {%- do return(sql) -%}
{% endmacro %}

{% macro redshift__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {%- do return(dbt.default__reset_csv_table(
        model, full_refresh or not has_columns_of(old_relation, agate_table),
        old_relation, agate_table
    )) -%}
{% endmacro %}

{% macro has_columns_of(relation, agate_table) %}
    {%- set columns = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {%- do return(columns == (agate_table.column_names | list)) -%}
{% endmacro %}

{% macro redshift__rename_relation(from_relation, to_relation) %}
    {{ dbt.default__rename_relation(from_relation, to_relation) }}
{% endmacro %}


{#
    Notes the views over a relation, directly (depth 1) or through others, for the rest of the
    transaction. PostgreSQL writes their definitions down with the names of that moment, so this
    comes before the relation has another.
#}
{% macro postgres__note_dependents(relation) %}
with recursive readers as (
    select
        pg_rewrite.ev_class as view_id,
        1 as depth
    from pg_catalog.pg_depend
    inner join pg_catalog.pg_rewrite on pg_depend.objid = pg_rewrite.oid
    where
        pg_depend.classid = cast('pg_catalog.pg_rewrite' as regclass)
        and pg_depend.refobjid = cast('{{ relation }}' as regclass)
        and pg_rewrite.ev_class <> pg_depend.refobjid
    union
    select
        pg_rewrite.ev_class,
        readers.depth + 1
    from readers
    inner join pg_catalog.pg_depend on readers.view_id = pg_depend.refobjid
    inner join pg_catalog.pg_rewrite on pg_depend.objid = pg_rewrite.oid
    where
        pg_depend.classid = cast('pg_catalog.pg_rewrite' as regclass)
        and pg_rewrite.ev_class <> pg_depend.refobjid
),

views as (
    select
        readers.view_id,
        min(readers.depth) as depth,
        cast(cast(readers.view_id as regclass) as text) as name,
        quote_ident(pg_catalog.pg_get_userbyid(pg_class.relowner)) as owner,
        pg_class.relkind = 'v'
        and pg_catalog.pg_has_role(pg_class.relowner, 'usage') as is_ours,
        pg_catalog.pg_get_viewdef(readers.view_id) as definition
    from readers
    inner join pg_catalog.pg_class on readers.view_id = pg_class.oid
    group by readers.view_id, pg_class.oid
)

select
    set_config(
        'warehouse.dependents',
        cast(coalesce(json_agg(views order by depth desc, view_id), '[]') as text),
        true
    )
from views
{% endmacro %}


{# Points the views noted at `new`, which has the name that `old` had. #}
{% macro postgres__keep_dependents(old, new) %}
    {%- set kept = [] -%}
    {%- for schema, name, depth, is_ours, stays, options, definition
        in run_query(postgres__dependents(old, new)).rows -%}
        {%- set view = api.Relation.create(
            database=new.database, schema=schema, identifier=name, type='view'
        ) -%}
        {#- dbt's memory takes all views over `old` for dropped with it, or, after the second swap
            under a view, none. -#}
        {%- do adapter.cache_dropped(view) -%}
        {%- if not stays -%}
            {%- do log('Dropped with what it reads: ' ~ view, info=true) -%}
            {#- Now, lest another swap finds it still there. -#}
            {%- if depth == 1 and is_ours -%}
                {%- do run_query('drop view if exists ' ~ view ~ ' cascade') -%}
            {%- endif -%}
        {%- else -%}
            {%- do kept.append(view) -%}
            {%- if depth == 1 -%}
                {%- set head = 'create or replace view ' ~ view ~ options -%}
                {%- do run_query(head ~ ' as ' ~ definition) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for view in kept -%}{%- do adapter.cache_added(view) -%}{%- endfor -%}
{% endmacro %}


{#
    The views noted. stays: it is ours, `new` has the columns of `old` that it reads, and the same
    holds for the views that it reads.
#}
{% macro postgres__dependents(old, new) %}
with recursive noted as (
    select *
    from json_to_recordset(cast(current_setting('warehouse.dependents') as json))
        as views (view_id oid, depth integer, is_ours boolean, definition text)
),

reads as (
    select
        pg_rewrite.ev_class as view_id,
        pg_depend.refobjid as relation_id,
        pg_depend.refobjsubid as column_number
    from pg_catalog.pg_depend
    inner join pg_catalog.pg_rewrite on pg_depend.objid = pg_rewrite.oid
    where
        pg_depend.classid = cast('pg_catalog.pg_rewrite' as regclass)
        and pg_rewrite.ev_class in (select noted.view_id from noted)
),

goes as (
    select noted.view_id
    from noted
    where noted.depth = 1 and not noted.is_ours
    union
    select reads.view_id
    from reads
    inner join pg_catalog.pg_attribute as old_column
        on
            reads.relation_id = old_column.attrelid
            and reads.column_number = old_column.attnum
    left join pg_catalog.pg_attribute as new_column
        on
            new_column.attrelid = cast('{{ new }}' as regclass)
            and old_column.attname = new_column.attname
            and old_column.atttypid = new_column.atttypid
            and old_column.atttypmod = new_column.atttypmod
            and old_column.attcollation = new_column.attcollation
            and not new_column.attisdropped
    where
        reads.relation_id = cast('{{ old }}' as regclass)
        and reads.column_number > 0
        and new_column.attname is null
),

goes_along as (
    select goes.view_id from goes
    union
    select reads.view_id
    from goes_along
    inner join reads on goes_along.view_id = reads.relation_id
)

select
    pg_namespace.nspname as schema_name,
    pg_class.relname as view_name,
    noted.depth,
    noted.is_ours,
    pg_class.oid not in (select goes_along.view_id from goes_along) as stays,
    coalesce(' with (' || array_to_string(pg_class.reloptions, ', ') || ')', '') as options,
    noted.definition
from noted
inner join pg_catalog.pg_class on noted.view_id = pg_class.oid
inner join pg_catalog.pg_namespace on pg_class.relnamespace = pg_namespace.oid
order by noted.depth, schema_name, view_name
{% endmacro %}
