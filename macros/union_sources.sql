{#
    All rows of an entity, from every source that hands it in; a typed select without rows when none
    does. The only way in which core reaches intermediate.
    Arguments: entity, a name of input_shape(); scope, the order scope to stay within (see
    order_scope.sql), or none for all rows; load_scope, the same for the load scope
    (load_scope.sql).
    Example: with orders as ({{ union_sources('orders') }})
#}
{% macro union_sources(entity, scope=none, load_scope=none) %}
    {%- set shape = input_shape(entity) -%}
    {%- set sources = entity_sources(entity) -%}
    {%- for source_system in sources %}
    {%- set relation = ref('int_' ~ source_system ~ '__' ~ entity) %}
    select
        {%- for column, data_type in shape.items() %}
        cast(input.{{ column }} as {{ data_type }}) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    {%- if scope is not none %}
    from {{ rows_in_scope(source_system, relation, scope) }}
    {%- elif load_scope is not none %}
    from {{ rows_of_new_loads(source_system, relation, load_scope) }}
    {%- else %}
    from {{ relation }} as input
    {%- endif %}
    {{ "union all" if not loop.last }}
    {%- endfor %}
    {%- if not sources %}
    {{- no_rows_of(entity) }}
    {%- endif %}
{% endmacro %}
