{% macro snapshot_of(source_system, entity) %}
    {%- set name = 'int_' ~ source_system ~ '__' ~ entity -%}
    {%- set shape = input_shape(entity) -%}
    {%- set given = given_columns(name, shape) %}
    select
        {%- for column, data_type in shape.items() if column != 'load_id' %}
        cast({{ 'input.' ~ column if column in given else 'null' }} as {{ data_type }})
            as {{ column }},
        {%- endfor %}
        cast({{ load_of_snapshot('load_id') }} as bigint) as load_id,
        cast({{ dbt.current_timestamp() }} as timestamp) as captured_at
    from {{ ref(name) }} as input
    where
        -- A blank id never equals itself and would come again with each run.
        {%- for id in keys_of_snapshot() %}
        input.{{ id }} is not null{{ " and" if not loop.last }}
        {%- endfor %}
{%- endmacro %}


{# The columns that distinguish a snapshot's members, as a list; none while dbt parses. #}
{% macro keys_of_snapshot() %}
    {%- set key = config.get('unique_key') or [] -%}
    {%- do return([key] if key is string else key) -%}
{% endmacro %}


{% macro load_of_snapshot(column) -%}
    (
        select {{ column }} from {{ ops_table('load_files') }}
        where {{ is_load_of_snapshot() }}
        order by is_live desc, as_of_date desc, load_id desc
        limit 1
    )
{%- endmacro %}


{# Condition on ops.load_files: the load is one of a raw table of this snapshot. #}
{% macro is_load_of_snapshot() -%}
    source_system = '{{ model.name.split("__")[0] }}'
    and table_name in ('{{ (config.get("meta") or {}).get("tables", []) | join("', '") }}')
{%- endmacro %}
