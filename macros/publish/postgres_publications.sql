{# Writes down what is shown from now on, and what was shown until now, and shows it. #}
{% macro postgres__write_publication(number, build_id, is_back) %}
    {%- set shown = ops_table('published_relations') -%}
    {%- set keeps_nothing = is_back or is_somebody_forgotten() -%}
    {%- do run_query(
        'update ' ~ shown ~ ' set before_id = null, before_definition = null;'
        ~ 'update ' ~ shown ~ ' as shown set '
        ~ ('' if keeps_nothing else
            'before_id = case when change = \'arms\' then shown.table_id end, before_definition = '
            ~ 'case when kind = \'view\' and change = \'replace\' then shown_definition end, ')
        ~ 'table_id = case when kind <> \'view\' then source_id end from to_point where '
        ~ 'public_schema = relation_schema and name = relation_name and change <> \'same\';'
        ~ 'insert into ' ~ shown ~ ' (relation_schema, relation_name, table_id) '
        ~ 'select public_schema, name, case when kind <> \'view\' then source_id end from to_point '
        ~ 'where (public_schema, name) not in (select relation_schema, relation_name from '
        ~ shown ~ ');'
        ~ 'insert into ' ~ ops_table('publications')
        ~ ' (publication_id, published_at, build_id, is_back) values (' ~ number
        ~ ', clock_timestamp(), ' ~ (build_id if build_id is not none else 'null') ~ ', '
        ~ is_back ~ ');'
        ~ 'update ' ~ postgres__current() ~ ' set publication_id = ' ~ number
    ) -%}
    {%- if keeps_nothing -%}{%- do postgres__drop_rows_before() -%}{%- endif -%}
{% endmacro %}

{# Whether persons were erased since the last publication, so that none may be brought back. #}
{% macro is_somebody_forgotten() %}
    {%- do return(has_rows(
        'select 1 from ' ~ ops_table('erasures') ~ ' where erased_at > coalesce((select '
        ~ 'max(published_at) from ' ~ ops_table('publications')
        ~ '), cast(\'1900-01-01\' as timestamptz))'
    )) -%}
{% endmacro %}

{% macro postgres__drop_rows_before() %}
    {%- set made -%}
        select format('drop table if exists %s, %s', keys_name, before_name)
        from public_relations
        where to_regclass(keys_name) is not null or to_regclass(before_name) is not null
    {%- endset -%}
    {%- do run_made(made) -%}
{% endmacro %}


{% macro postgres__publish_back(nodes) %}
    {%- set build_id = earlier_build_id() -%}
    {%- do run_query(postgres__public_relations(nodes)) -%}
    {%- do run_query(postgres__views_before()) -%}
    {%- if not has_rows("select 1 from to_point where change <> 'same'")
        and not postgres__kept_tables('to_regclass(before_name) is not null') -%}
        {%- do refuse_to_go_back() -%}
    {%- endif -%}
    {%- set number = postgres__current_number() + 1 -%}
    {%- do postgres__await_older_snapshots() -%}
    {%- do postgres__add_arms(number) -%}
    {%- do run_query('begin') -%}
    {%- do run_query("select pg_advisory_xact_lock(hashtext('warehouse publish'))") -%}
    {%- do postgres__put_rows_back() -%}
    {%- do postgres__point_views() -%}
    {%- do postgres__comment_and_grant() -%}
    {%- do postgres__write_publication(number, build_id, true) -%}
    {%- do run_query('commit') -%}
    {%- do postgres__tidy() -%}
{% endmacro %}


{# Undoes postgres__replace_changed_rows(), and queues the keys again for the next publication. #}
{% macro postgres__put_rows_back() %}
    {%- set has_rows_before = 'to_regclass(before_name) is not null
        and to_regclass(copy_name) is not null' -%}
    {%- for kept in postgres__kept_tables(has_rows_before) -%}
        {%- set keys = fromjson(kept.key_columns) -%}
        {%- set is_all = not keys or has_rows(
            'select 1 from ' ~ kept.keys_name ~ ' where ' ~ keys[0] ~ ' is null'
        ) -%}
        {%- set put_back -%}
            {%- if keys %}
            insert into {{ kept.queue_name }} select * from {{ kept.keys_name }};
            {%- endif %}
            delete from {{ kept.copy_name }} as rows_of
            {%- if not is_all %}
            using {{ kept.keys_name }} as changed
            where {{ same_keys('rows_of', 'changed', keys) }}
            {%- endif %};
            insert into {{ kept.copy_name }} ({{ kept.columns }})
            select {{ kept.columns }} from {{ kept.before_name }}
        {%- endset -%}
        {%- do run_query(put_back) -%}
    {%- endfor -%}
{% endmacro %}

{# As postgres__views_to_point(), for what was shown before. #}
{% macro postgres__views_before() %}
drop table if exists to_point;
create temporary table to_point as
select
    public_relations.*,
    coalesce(cast(shown.before_id as oid), pg_class.oid) as source_id,
    pg_class.oid as shown_id,
    shown.table_id,
    cast('v' as "char") as shown_kind,
    rtrim(pg_get_viewdef(pg_class.oid), ';') as shown_definition,
    shown.before_definition as definition,
    case
        when shown.before_definition is not null then 'replace'
        when exists (select 1 from pg_class where oid = shown.before_id) then 'arms'
        else 'same'
    end as change
from public_relations
inner join pg_class on pg_class.oid = to_regclass(public_name)
inner join {{ ops_table('published_relations') }} as shown
    on public_relations.public_schema = shown.relation_schema
        and public_relations.name = shown.relation_name
{% endmacro %}


{# What a publication leaves to be done when nobody reads what was shown before. #}
{% macro postgres__tidy() %}
    {%- do postgres__remove_arms() -%}
    {%- do run_query('begin') -%}
    {%- do postgres__drop_unshown() -%}
    {%- do run_query('commit') -%}
{% endmacro %}

{#
    Drops published tables that no view shows, and none showed before the last publication. One that
    somebody still reads is left to the next time.
#}
{% macro postgres__drop_unshown() %}
    {%- set unshown -%}
        select format('%I.%I', '{{ published_schema() }}', pg_class.relname), pg_class.oid
        from pg_class
        where
            pg_class.relnamespace = to_regnamespace('{{ published_schema() }}')
            and pg_class.relkind = 'r'
            and pg_class.relname !~ '^current$|__(keys|before)$'
            and not exists (
                select 1 from {{ ops_table('published_relations') }} as shown
                where cast(pg_class.oid as bigint) in (shown.table_id, shown.before_id)
            )
            and not exists (
                select 1 from pg_depend
                where pg_depend.refobjid = pg_class.oid
                    and pg_depend.classid = cast('pg_rewrite' as regclass)
            )
    {%- endset -%}
    {%- for name, table_id in run_query(unshown).rows -%}
        {%- if postgres__lock([table_id], 100) -%}
            {%- do run_query('drop table ' ~ name) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
