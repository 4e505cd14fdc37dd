{#
    All lines of an order say the same in a column. A row names an order whose lines do not.
    Arguments: order_id, the column that names the order; column, what must be the same.
    Example: - one_value_per_order: {arguments: {order_id: order_id, column: currency_code}}
#}
{% test one_value_per_order(model, order_id, column) %}
    select
        {{ order_id }},
        min({{ column }}) as one_value,
        max({{ column }}) as another_value
    from {{ model }}
    group by {{ order_id }}
    having min({{ column }}) <> max({{ column }})
{% endtest %}
