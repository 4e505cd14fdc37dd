{% macro union_sources(entity, touched=false) %}
    {%- set shape = input_shape(entity) -%}
    {%- set sources = entity_sources(entity) | reject('in', held_sources()) | list -%}
    {%- set scoped = touched and is_scoped() -%}
    {%- set arms %}
    {%- for source_system in sources %}
    {%- set name = 'int_' ~ source_system ~ '__' ~ entity -%}
    {%- set relation = ref(name) -%}
    {%- if touched and 'order_id' in shape and not execute -%}
        {#- The pre-hook reads the list of touched orders, too late for dbt to see. -#}
        {%- do ref('int_' ~ source_system ~ '__order_loads') -%}
    {%- endif %}
    {%- set given = given_columns(name, shape) %}
    select
        {%- for column, data_type in shape.items() %}
        cast({{ 'input.' ~ column if column in given else 'null' }} as {{ data_type }})
            as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ rows_of_source(source_system, relation) if scoped and not is_new_source(source_system)
        else relation ~ ' as input' }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
    {%- endset %}
    {{- adapter.dispatch('typed_union')(arms, shape) if sources }}
    {%- if not sources %}
    {{- empty_select(shape) }}
    {%- endif %}
{% endmacro %}


{#
    The columns of the shape that a source's model has: those that its YAML describes, or all if it
    describes none. In a unit test, which has no graph, those of the view.
#}
{% macro given_columns(model_name, shape) %}
    {%- set all_columns = shape.keys() | list -%}
    {%- if not execute -%}
        {%- do return(all_columns) -%}
    {%- elif graph.get('nodes') -%}
        {%- do return(model_named(model_name).columns.keys() | list or all_columns) -%}
    {%- endif -%}
    {%- set view = api.Relation.create(
        database=target.database, schema=generate_schema_name('intermediate', none),
        identifier=model_name
    ) -%}
    {%- do return(adapter.get_columns_in_relation(view) | map(attribute='name') | list) -%}
{% endmacro %}


{% macro postgres__typed_union(arms, shape) %}{{ arms }}{% endmacro %}

{# Redshift may take a column for varchar if its first arm, such as a source without it, is null. #}
{% macro redshift__typed_union(arms, shape) %}
    select
        {%- for column, data_type in shape.items() %}
        cast(united.{{ column }} as {{ data_type }}) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from ({{ arms }}) as united
{%- endmacro %}
