{#
    A discount with the sign it counts with. Sources write the discount of a negative quantity with
    or without its sign: either way it lessens what is given back. On lines sold, a negative
    discount is a surcharge.
    Arguments: SQL of the discount, of the quantity as given and of the line's type.
    Example: {{ signed_discount('discount_amount', 'quantity', 'line_type') }} as discount_amount
#}
{% macro signed_discount(discount, quantity, line_type) -%}
    case
        when {{ quantity }} < 0 then -abs({{ discount }})
        else {{ signed_amount(discount, quantity, line_type) }}
    end
{%- endmacro %}
