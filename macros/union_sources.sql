{#
    All rows of an entity, from every source that hands it in; a typed select without rows when none
    does. The only way in which core reaches intermediate.
    Arguments: entity, a name of input_shape(); scope, the order scope to stay within (see
    order_scope.sql), or none for all rows.
    Example: with orders as ({{ union_sources('orders') }})
#}
{% macro union_sources(entity, scope=none) %}
    {%- set shape = input_shape(entity) -%}
    {%- set sources = entity_sources(entity) -%}
    {%- for source_system in sources %}
    select
        {%- for column, data_type in shape.items() %}
        cast(input.{{ column }} as {{ data_type }}) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    {%- if scope is none %}
    from {{ ref('int_' ~ source_system ~ '__' ~ entity) }} as input
    {%- else %}
    from {{ rows_in_scope(source_system, ref('int_' ~ source_system ~ '__' ~ entity), scope) }}
    {%- endif %}
    {{ "union all" if not loop.last }}
    {%- endfor %}
    {%- if not sources %}
    select
        {%- for column, data_type in shape.items() %}
        cast(null as {{ data_type }}) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    where 1 = 0
    {%- endif %}
{% endmacro %}
