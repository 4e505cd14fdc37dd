{# Average of an amount per household and day; null where there is no household to average over. #}
{% macro household_day_average(amount, households, days) -%}
    cast(
        cast({{ amount }} as double precision)
        / nullif(cast({{ households }} as double precision) * {{ days }}, 0)
        as double precision
    )
{%- endmacro %}
