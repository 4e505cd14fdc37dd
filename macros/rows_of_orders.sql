{#
    The rows of `relation` that belong to the orders in `orders` (a CTE with order_key), as a from
    item whose rows are named `found`; the CTE keeps its own name. For few orders of a large table:
    PostgreSQL takes each order to the index on `key`, whatever it thinks how many there are;
    Redshift has no correlated laterals and scans columns quickly.
    Example: select found.load_id from {{ rows_of_orders('touched', ref('fct_order_lines')) }}
#}
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
