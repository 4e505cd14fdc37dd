{#
    A total that a source writes with or without the sign of its quantity, with the sign it counts
    with: what was given back counts negative.
    Arguments: SQL of the total, of the quantity as given and of the line's type (line_type.sql).
    Example: {{ signed_total('total_amount', 'quantity', 'line_type') }} as gross_amount
#}
{% macro signed_total(total, quantity, line_type) -%}
    {{ signed_discount(total, quantity, line_type) }}
{%- endmacro %}
