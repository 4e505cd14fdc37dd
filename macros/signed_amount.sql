{#
    A quantity, or an amount that follows it (gross, cost), with the sign it counts with: sold
    positive, returned negative. A line of type return given with a positive quantity is negated.
    Arguments: SQL of the amount, of the quantity as given and of the line's type (line_type.sql).
    Example: {{ signed_amount('quantity * unit_price', 'quantity', 'line_type') }} as gross_amount
#}
{% macro signed_amount(amount, quantity, line_type) -%}
    case
        when {{ line_type }} = 'return' and {{ quantity }} > 0 then -({{ amount }})
        else {{ amount }}
    end
{%- endmacro %}
