{#
    A public view shows one published table. While a publication is on its way it has two arms, the
    table shown now and the next, and published.current says which of them has rows: whoever reads,
    under whatever snapshot, sees the tables of one publication. So views are changed one by one,
    whenever one is free, and the publication itself locks none.
#}

{# The row that says which publication is shown. #}
{% macro postgres__current() %}{{ published_schema() }}.current{% endmacro %}

{# Number of the publication that is shown; 0 before the first. #}
{% macro postgres__current_number() %}
    {%- do run_query(
        'create table if not exists ' ~ postgres__current() ~ ' (publication_id bigint not null);'
        ~ 'insert into ' ~ postgres__current() ~ ' select coalesce(max(publication_id), 0) from '
        ~ ops_table('publications') ~ ' having not exists (table ' ~ postgres__current() ~ ')'
    ) -%}
    {%- do return(
        run_query('select publication_id from ' ~ postgres__current()).rows[0][0] | int
    ) -%}
{% endmacro %}


{#
    What each public view is to read next, as the temporary table `to_point`. source_id: the
    relation that it is made from. table_id: the table that it shows. change: same; arms, where the
    table is another one; replace and create, where the view itself changes (columns may come at the
    end); or anew, where PostgreSQL can only drop and create.
#}
{% macro postgres__views_to_point() %}
{%- set prefix = env_var('WAREHOUSE_SCHEMA_PREFIX', '') %}
drop table if exists to_point;
create temporary table to_point as
with sources as (
    select
        public_relations.*,
        case
            when kind = 'view' then cast(to_regclass(built_name) as oid)
            when kind = 'kept' then cast(to_regclass(copy_name) as oid)
            else ({{ postgres__table_read_by('to_regclass(built_name)') }})
        end as source_id,
        cast(to_regclass(public_name) as oid) as shown_id
    from public_relations
),

definitions as (
    select
        sources.*,
        shown.table_id,
        pg_class.relkind as shown_kind,
        case
            when sources.kind = 'view' then regexp_replace(
                rtrim(pg_get_viewdef(source_id), ';'),
                '\m{{ prefix }}build_({{ public_schemas() | join('|') }})\.',
                '{{ prefix }}\1.', 'g'
            )
            else 'select * from ' || cast(cast(source_id as regclass) as text)
        end as definition,
        case
            when pg_class.relkind = 'v' then rtrim(pg_get_viewdef(shown_id), ';')
        end as shown_definition
    from sources
    left join pg_class on sources.shown_id = pg_class.oid
    left join {{ ops_table('published_relations') }} as shown
        on sources.public_schema = shown.relation_schema and sources.name = shown.relation_name
    where source_id is not null
)

select
    definitions.*,
    case
        when shown_id is null then 'create'
        when shown_kind <> 'v' or exists (
            select 1
            from pg_attribute as was
            left join pg_attribute as becomes
                on becomes.attrelid = source_id
                    and not becomes.attisdropped
                    and was.attnum = becomes.attnum
                    and was.attname = becomes.attname
                    and was.atttypid = becomes.atttypid
                    and was.atttypmod = becomes.atttypmod
                    and was.attcollation = becomes.attcollation
            where was.attrelid = shown_id and was.attnum > 0 and becomes.attnum is null
        ) then 'anew'
        when kind = 'view' and shown_definition = definition then 'same'
        when kind = 'view' then 'replace'
        when table_id = source_id then 'same'
        when table_id is null or not exists (select 1 from pg_class where oid = table_id)
            or (select max(attnum) from pg_attribute where attrelid = source_id)
            <> (select max(attnum) from pg_attribute where attrelid = shown_id) then 'replace'
        else 'arms'
    end as change
from definitions
{% endmacro %}

{# Stops where a table or view of another role has the name of a public view. #}
{% macro postgres__refuse_foreign_relations() %}
    {%- set foreign -%}
        select public_name, pg_get_userbyid(relowner)
        from to_point inner join pg_class on shown_id = pg_class.oid
        where not pg_has_role(relowner, 'usage')
        order by public_name
    {%- endset -%}
    {%- for public_name, owner in run_query(foreign).rows -%}
        {%- do exceptions.raise_compiler_error(
            public_name ~ ' belongs to role ' ~ owner ~ ', and a view of this warehouse has the '
            ~ 'same name. Rename it or drop it as ' ~ owner ~ ', then run `warehouse publish`.'
        ) -%}
    {%- endfor -%}
{% endmacro %}


{# The one table that a view reads; null if it reads none or several. #}
{% macro postgres__table_read_by(view) -%}
    select case when count(distinct refobjid) = 1 then min(refobjid) end
    from pg_depend
    inner join pg_rewrite on pg_depend.objid = pg_rewrite.oid
    where
        pg_depend.classid = cast('pg_rewrite' as regclass)
        and pg_depend.refclassid = cast('pg_class' as regclass)
        and pg_rewrite.ev_class = {{ view }}
        and pg_depend.refobjid <> pg_rewrite.ev_class
{%- endmacro %}


{# Gives each view that will show another table its two arms. #}
{% macro postgres__add_arms(next_number) %}
    {%- set armed -%}
        select
            shown_id, public_name,
            format(
                'create or replace view %1$s as '
                'select * from %2$s where (select publication_id from %4$s) < %5$s union all '
                'select * from %3$s where (select publication_id from %4$s) >= %5$s',
                public_name, cast(cast(table_id as oid) as regclass),
                cast(source_id as regclass), '{{ postgres__current() }}', {{ next_number }}
            ) as statement
        from to_point
        where change = 'arms'
        order by public_name
    {%- endset -%}
    {%- do postgres__change_views(run_query(armed).rows, postgres__patience(), true) -%}
{% endmacro %}

{#
    Leaves views with two arms the one that they show. Not while somebody may still read under a
    snapshot without that publication: where the role cannot see that, ten minutes must have passed.
#}
{% macro postgres__remove_arms() %}
    {%- set armed -%}
        select cast(shown.shown_id as oid) as shown_id, shown.public_name, format(
            'create or replace view %s as select * from %s',
            shown.public_name, cast(cast(shown.table_id as oid) as regclass)
        ) as statement
        from (
            select
                table_id,
                format('%I.%I', relation_schema, relation_name) as public_name,
                to_regclass(format('%I.%I', relation_schema, relation_name)) as shown_id
            from {{ ops_table('published_relations') }}
        ) as shown
        where exists (
            select 1
            from pg_depend
            inner join pg_rewrite on pg_depend.objid = pg_rewrite.oid
            where pg_rewrite.ev_class = shown.shown_id
                and pg_depend.refobjid = to_regclass('{{ postgres__current() }}')
        ) and exists (select 1 from pg_class where oid = shown.table_id)
        order by shown.public_name
    {%- endset -%}
    {%- set is_recent -%}
        exists (
            select 1 from {{ ops_table('publications') }}
            where published_at > current_timestamp - interval '10 minutes'
        )
    {%- endset -%}
    {%- set rows = run_query(armed).rows -%}
    {%- if rows and not has_rows(postgres__older_snapshots(is_recent)) -%}
        {%- do postgres__change_views(rows, 10) -%}
    {%- endif -%}
{% endmacro %}

{#
    Sessions that may still read under a snapshot without the last publication: those whose oldest
    running transaction is no younger than the one that wrote published.current. if_unseen: what is
    assumed where the role cannot see that.
#}
{% macro postgres__older_snapshots(if_unseen='false') %}
    select pid
    from pg_stat_activity
    cross join (
        select age(xmin) as age from {{ postgres__current() }}
    ) as shown
    where
        datname = current_database()
        and pid <> pg_backend_pid()
        and case
            when pg_has_role('pg_read_all_stats', 'usage') then age(backend_xmin) >= shown.age
            else {{ if_unseen }}
        end
{% endmacro %}

{# Waits for them, since a view has no more than two arms. #}
{% macro postgres__await_older_snapshots() %}
    {%- set wait = namespace(is_over=false) -%}
    {%- set patience = postgres__patience() -%}
    {%- set began = modules.datetime.datetime.now() -%}
    {%- for attempt in range(2000) if not wait.is_over -%}
        {%- if not has_rows(postgres__older_snapshots()) -%}
            {%- set wait.is_over = true -%}
        {%- elif (modules.datetime.datetime.now() - began).total_seconds() > patience -%}
            {%- do postgres__give_up(postgres__older_snapshots()) -%}
        {%- else -%}
            {%- if attempt == 10 -%}
                {%- set readers = postgres__sessions(postgres__older_snapshots()) -%}
                {%- do log('Waiting to publish: ' ~ readers, info=true) -%}
            {%- endif -%}
            {%- do run_query('select pg_sleep(' ~ [0.05 * (attempt + 1), 1] | min ~ ')') -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}


{#
    Runs the statements that change views, each as soon as its view is free. All at once if nobody
    reads; otherwise one by one, in transactions of their own. Readers wait 0.1 s at most; if they
    leave a view no such gap, up to 0.5 s. What is not free after so many seconds stays as it is,
    and if it must change nothing is published.
#}
{% macro postgres__change_views(rows, seconds, must_change=false) %}
    {%- do run_query('begin') -%}
    {%- if rows and postgres__lock(rows | map(attribute='shown_id'), 100) -%}
        {%- do run_query(rows | map(attribute='statement') | join(';\n')) -%}
        {%- set rows = [] -%}
    {%- endif -%}
    {%- do run_query('commit') -%}
    {%- set wait = namespace(next_told=2, is_over=false) -%}
    {%- set began = modules.datetime.datetime.now() -%}
    {%- for row in rows -%}
        {%- set view = namespace(is_changed=false) -%}
        {%- for attempt in range(2000) if not view.is_changed and not wait.is_over -%}
            {%- do run_query('begin') -%}
            {%- if postgres__lock([row.shown_id], [100 + attempt * 20, 500] | min) -%}
                {%- do run_query(row.statement) -%}
                {%- set view.is_changed = true -%}
            {%- endif -%}
            {%- do run_query('commit') -%}
            {%- set waited = (modules.datetime.datetime.now() - began).total_seconds() -%}
            {%- if view.is_changed -%}
            {%- elif waited > seconds -%}
                {%- set wait.is_over = true -%}
                {%- if must_change -%}
                    {%- do postgres__give_up(postgres__holders(row.shown_id)) -%}
                {%- endif -%}
            {%- else -%}
                {%- if waited > wait.next_told -%}
                    {%- set wait.next_told = wait.next_told * 3 -%}
                    {%- do log('Waiting to publish ' ~ row.public_name ~ ': '
                        ~ postgres__sessions(postgres__holders(row.shown_id)), info=true) -%}
                {%- endif -%}
                {%- do run_query('select pg_sleep(' ~ [0.05 * (attempt + 1), 1] | min ~ ')') -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}

{# Whether all relations were locked within so many milliseconds each; otherwise none is. #}
{% macro postgres__lock(relation_ids, milliseconds) %}
    {%- do return(run_query(
        'select ' ~ published_schema() ~ '.lock_all(array[' ~ relation_ids | join(', ') ~ '], '
        ~ milliseconds ~ ')'
    ).rows[0][0]) -%}
{% endmacro %}

{# Seconds that a publication waits for readers: five times what one statement waits for a lock. #}
{% macro postgres__patience() %}
    {%- set query = "select setting from pg_settings where name = 'lock_timeout'" -%}
    {%- do return((run_query(query).rows[0][0] | int / 200) or 600) -%}
{% endmacro %}

{% macro postgres__give_up(processes) %}
    {%- do exceptions.raise_compiler_error(
        'Still waiting for ' ~ postgres__sessions(processes)
        ~ '. End that session, or wait for it, then run `warehouse publish`.'
    ) -%}
{% endmacro %}

{# Who holds relations, given by object id: a query of processes. #}
{% macro postgres__holders(relation_ids) %}
    select pid from pg_locks
    where relation in ({{ relation_ids }}) and granted and pid <> pg_backend_pid()
{% endmacro %}

{# Role, program, place, state and since when of the sessions of a query of processes. #}
{% macro postgres__sessions(processes) %}
    {%- set query -%}
        select
            coalesce(usename, 'somebody')
            || coalesce(' (' || nullif(application_name, '') || ')', '')
            || coalesce(' at ' || host(client_addr), '')
            || ', process ' || pid
            || coalesce(', ' || state, '')
            || coalesce(' since ' || to_char(state_change, 'HH24:MI:SS'), '')
        from pg_stat_activity
        where pid in ({{ processes }})
        order by xact_start
        limit 3
    {%- endset -%}
    {%- set found = run_query(query).columns[0].values() | join('; ') -%}
    {%- do return(found or 'readers, one after the other') -%}
{% endmacro %}


{# Creates, replaces and makes anew, inside a transaction, what cannot have arms. #}
{% macro postgres__point_views() %}
    {%- set locked = "select shown_id from to_point where change in ('replace', 'anew')
        order by public_name" -%}
    {%- set wait = namespace(is_over=false) -%}
    {%- set locked_ids = run_query(locked).columns[0].values() | list -%}
    {%- set patience = postgres__patience() -%}
    {%- set began = modules.datetime.datetime.now() -%}
    {%- for attempt in range(2000) if locked_ids and not wait.is_over -%}
        {%- set wait.is_over = postgres__lock(locked_ids, [100 + attempt * 20, 500] | min) -%}
        {%- if not wait.is_over -%}
            {%- if (modules.datetime.datetime.now() - began).total_seconds() > patience -%}
                {%- do postgres__give_up(postgres__holders(locked_ids | join(', '))) -%}
            {%- elif attempt == 5 -%}
                {%- set holders = postgres__holders(locked_ids | join(', ')) -%}
                {%- do log('Waiting to publish: ' ~ postgres__sessions(holders), info=true) -%}
            {%- endif -%}
            {%- do run_query('select pg_sleep(' ~ [0.05 * (attempt + 1), 1] | min ~ ')') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set anew = "select public_schema, name, definition, shown_kind from to_point
        where change = 'anew' order by depth, public_name" -%}
    {%- for schema, name, definition, shown_kind in run_query(anew).rows -%}
        {%- set view = api.Relation.create(
            database=target.database, schema=schema, identifier=name, type='view'
        ) -%}
        {%- set old = view.incorporate(path={'identifier': name ~ '__before'}) -%}
        {#- It may be gone with what it read. -#}
        {%- if has_rows("select 1 where to_regclass('" ~ view ~ "') is not null") -%}
            {%- do run_query(postgres__note_dependents(view)) -%}
            {%- do run_query('alter table ' ~ view ~ ' rename to ' ~ old.identifier) -%}
            {%- do run_query('create view ' ~ view ~ ' as ' ~ definition) -%}
            {%- do postgres__keep_dependents(old, view) -%}
            {%- do run_query(
                'drop ' ~ ('view ' if shown_kind == 'v' else 'table ') ~ old ~ ' cascade'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set made -%}
        select distinct format('create schema if not exists %I', public_schema) from to_point
        where to_regnamespace(quote_ident(public_schema)) is null
    {%- endset -%}
    {%- do run_made(made) -%}
    {%- set made -%}
        select format('create or replace view %s as %s', public_name, definition) from to_point
        where change in ('create', 'replace') or to_regclass(public_name) is null
        order by depth, public_name
    {%- endset -%}
    {%- do run_made(made) -%}
{% endmacro %}
