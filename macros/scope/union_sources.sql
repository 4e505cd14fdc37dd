{% macro union_sources(entity, touched=false) %}
    {%- set shape = input_shape(entity) -%}
    {%- set sources = entity_sources(entity) | reject('in', held_sources()) | list -%}
    {%- set scoped = touched and is_scoped() -%}
    {%- for source_system in sources %}
    {%- set relation = ref('int_' ~ source_system ~ '__' ~ entity) -%}
    {%- if touched and 'order_id' in shape and not execute -%}
        {#- The pre-hook reads the list of touched orders, too late for dbt to see. -#}
        {%- do ref('int_' ~ source_system ~ '__order_loads') -%}
    {%- endif %}
    select
        {%- for column, data_type in shape.items() %}
        cast(input.{{ column }} as {{ data_type }}) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ rows_of_source(source_system, relation) if scoped and not is_new_source(source_system)
        else relation ~ ' as input' }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
    {%- if not sources %}
    {{- no_rows_of(entity) }}
    {%- endif %}
{% endmacro %}
