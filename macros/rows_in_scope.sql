{#
    How the rows of touched orders are fetched from an intermediate view, one source at a time.

    On PostgreSQL a lateral subquery carries the order, or the load, down through the view to the
    raw table's index, windows included, so the work is in proportion to what is new. Redshift has
    no correlated laterals and scans columns quickly: there it is a semi-join.

    A source whose orders each lie in one file says so on its int_<source>__order_loads:
    config: meta: {order_spans_loads: false}. Its touched orders are then fetched by load.
#}

{% macro order_spans_loads(source_system) %}
    {%- if not execute -%}
        {%- do return(true) -%}
    {%- endif -%}
    {%- set name = 'int_' ~ source_system ~ '__order_loads' -%}
    {%- set node = graph.nodes.values() | selectattr('name', 'equalto', name) | first -%}
    {%- do return(node.config.meta.get('order_spans_loads', true)) -%}
{% endmacro %}


{# The touched rows of `relation`, as a from item named `input`. #}
{% macro rows_in_scope(source_system, relation, scope) %}
    {{- adapter.dispatch('rows_in_scope')(source_system, relation, scope) -}}
{% endmacro %}

{% macro postgres__rows_in_scope(source_system, relation, scope) %}
    {%- if order_spans_loads(source_system) -%}
        {%- set driver, key = scope ~ '__scope', 'order_id' -%}
    {%- else -%}
        {%- set driver, key = scope ~ '__new_loads', 'load_id' -%}
    {%- endif -%}
    {{ driver }} as driver
    cross join lateral (
        select * from {{ relation }} as rows_of_source
        where rows_of_source.{{ key }} = driver.{{ key }}
        offset 0
    ) as input
    where driver.source_system = '{{ source_system }}'
{%- endmacro %}

{% macro redshift__rows_in_scope(source_system, relation, scope) -%}
    {{ relation }} as input
    where input.order_id in (
        select touched.order_id from {{ scope }}__scope as touched
        where touched.source_system = '{{ source_system }}'
    )
{%- endmacro %}


{# Ids of the orders of one source with rows in this model's new loads. #}
{% macro orders_of_new_loads(source_system) %}
    {{- adapter.dispatch('orders_of_new_loads')(
        source_system, ref('int_' ~ source_system ~ '__order_loads')
    ) -}}
{% endmacro %}

{% macro postgres__orders_of_new_loads(source_system, relation) %}
        select '{{ source_system }}' as source_system, touched_orders.order_id
        from {{ this.identifier }}__new_loads as new_loads
        cross join lateral (
            select distinct rows_of_source.order_id from {{ relation }} as rows_of_source
            where rows_of_source.load_id = new_loads.load_id
            offset 0
        ) as touched_orders
        where new_loads.source_system = '{{ source_system }}'
{%- endmacro %}

{% macro redshift__orders_of_new_loads(source_system, relation) %}
        select '{{ source_system }}' as source_system, order_id
        from {{ relation }}
        where load_id in (select load_id from {{ this.identifier }}__new_loads)
{%- endmacro %}
