{% macro rows_of_orders(orders, relation, key='order_key') %}
    {{- adapter.dispatch('rows_of_orders')(orders, relation, key) -}}
{% endmacro %}

{% macro postgres__rows_of_orders(orders, relation, key) -%}
    {{ orders }}
    cross join lateral (
        select * from {{ relation }} as rows_of_order
        where rows_of_order.{{ key }} = {{ orders }}.order_key
        offset 0
    ) as found
{%- endmacro %}

{% macro redshift__rows_of_orders(orders, relation, key) -%}
    {{ orders }}
    inner join {{ relation }} as found
        on {{ orders }}.order_key = found.{{ key }}
{%- endmacro %}
