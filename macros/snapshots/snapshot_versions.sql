{% macro snapshot_versions(source_system, entity, id) %}
    {%- set snapshot = ref(source_system ~ '__' ~ entity) -%}
    {%- set id = id | join(', ') %}
    {#- `dbt run --empty` takes no snapshot, so there may be none to read. -#}
    {%- if execute and flags.EMPTY %}
    {{- no_versions_of(entity) }}
    {%- else %}
    select
        {%- for column in input_shape(entity) if column != 'load_id' %}
        {{ column }},
        {%- endfor %}
        load_id,
        case
            when row_number() over (partition by {{ id }} order by dbt_valid_from) = 1
                then cast('1900-01-01' as date)
            else dbt_valid_from
        end as valid_from,
        coalesce(next_valid_from, cast('9999-12-31' as date)) as valid_to,
        next_valid_from is null as is_current,
        dbt_is_deleted = 'True' as is_deleted
    from (
        select
            *,
            min(dbt_valid_from) over (
                partition by {{ id }}
                order by captured_at, dbt_is_deleted
                rows between 1 following and unbounded following
            ) as next_valid_from
        from {{ snapshot }}
    ) as seen_versions
    where next_valid_from is null or next_valid_from > dbt_valid_from
    {%- endif %}
{%- endmacro %}


{# A select without rows in the shape of versions. #}
{% macro no_versions_of(entity) %}
    {{- empty_select(dict(
        input_shape(entity), load_id='bigint', valid_from='date', valid_to='date',
        is_current='boolean', is_deleted='boolean'
    )) }}
{%- endmacro %}
