{% macro change_rate(amount, earlier) -%}
    cast(
        case
            when {{ earlier }} > 0
                then
                    cast({{ amount }} - {{ earlier }} as double precision)
                    / cast({{ earlier }} as double precision)
        end as double precision
    )
{%- endmacro %}
