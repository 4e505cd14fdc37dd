{% macro signed_amount(amount, quantity, line_type) -%}
    case
        when {{ line_type }} = 'return' and {{ quantity }} > 0 then -({{ amount }})
        else {{ amount }}
    end
{%- endmacro %}
