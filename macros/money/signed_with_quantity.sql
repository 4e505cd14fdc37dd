{% macro signed_with_quantity(amount, quantity, line_type) -%}
    case
        when {{ quantity }} < 0 then -abs({{ amount }})
        else {{ signed_amount(amount, quantity, line_type) }}
    end
{%- endmacro %}
