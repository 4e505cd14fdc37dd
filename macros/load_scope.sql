{#
    The load scope: an incremental fact whose rows each stand by themselves takes in the loads that
    are new. Should a load whose rows it holds be live no longer, it is built anew: rows that
    several loads have alike stand under the first of them, so taking one out may leave another's.

    A fact opens its scope in a pre-hook, inside the transaction that also writes the fact. The new
    loads are a temporary table `<model>__new_loads`; a row without load_id there asks for
    everything.
#}

{# Whether this run adds new loads only (true) or builds everything (false). #}
{% macro is_load_scoped(entity) %}
    {%- if not is_incremental() -%}
        {%- do return(false) -%}
    {%- endif -%}
    {%- if not flags.INTROSPECT -%}
        {%- do return(true) -%}
    {%- endif -%}
    {%- set withdrawn_rows -%}
        select 1 from {{ this }}
        where load_id in (
            select load_id from {{ ops_table('fact_loads') }}
            where
                fact_name = '{{ this.identifier }}'
                and load_id not in (select load_id from ({{ live_loads(entity) }}) as live)
        )
        limit 1
    {%- endset -%}
    {%- do return(run_query(withdrawn_rows).rows | length == 0) -%}
{% endmacro %}


{# Pre-hook of a fact under the load scope. #}
{% macro open_load_scope(entity) %}
    {%- if execute -%}
    {%- set fact = this.identifier -%}
    {%- set scoped = is_load_scoped(entity) %}
    drop table if exists {{ fact }}__new_loads;
    create temporary table {{ fact }}__new_loads as
    select load_id, source_system
    from ({{ live_loads(entity) }}) as live
    {%- if scoped %}
    where load_id not in (
        select load_id from {{ ops_table('fact_loads') }} where fact_name = '{{ fact }}'
    )
    {%- else %}
    union all
    select cast(null as bigint), cast(null as varchar(32))
    {%- endif %};

    delete from {{ ops_table('fact_loads') }}
    where
        fact_name = '{{ fact }}'
        {%- if scoped %}
        and load_id not in (select load_id from ({{ live_loads(entity) }}) as live)
        {%- endif %};
    insert into {{ ops_table('fact_loads') }} (fact_name, load_id)
    select '{{ fact }}', load_id from {{ fact }}__new_loads where load_id is not null;
    {%- endif -%}
{% endmacro %}


{# The strategy `load_scope`: new rows in; all others out first if everything is built anew. #}
{% macro get_incremental_load_scope_sql(arg_dict) %}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') %}
    delete from {{ target_relation }}
    where exists (
        select 1 from {{ target_relation.identifier }}__new_loads as new_loads
        where new_loads.load_id is null
    );

    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
{% endmacro %}


{#
    The rows of `relation` that came with the new loads of the fact `scope`, as a from item named
    `input`. On PostgreSQL a lateral subquery carries each load down to the raw table's index.
#}
{% macro rows_of_new_loads(source_system, relation, scope) %}
    {{- adapter.dispatch('rows_of_new_loads')(source_system, relation, scope) -}}
{% endmacro %}

{% macro postgres__rows_of_new_loads(source_system, relation, scope) -%}
    {{ scope }}__new_loads as new_loads
    cross join lateral (
        select * from {{ relation }} as rows_of_source
        where rows_of_source.load_id = new_loads.load_id
        offset 0
    ) as input
    where new_loads.source_system = '{{ source_system }}'
{%- endmacro %}

{% macro redshift__rows_of_new_loads(source_system, relation, scope) -%}
    {{ relation }} as input
    where input.load_id in (select new_loads.load_id from {{ scope }}__new_loads as new_loads)
{%- endmacro %}
