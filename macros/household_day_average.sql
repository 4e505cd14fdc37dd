{#
    Average of an amount per household and day; null where there is no household to average over.
    Arguments: amount, households, days, SQL of numeric types. Returns: SQL of type double.
    Example: {{ household_day_average('before_amount', 'households', 'before_days') }}
#}
{% macro household_day_average(amount, households, days) -%}
    cast(
        cast({{ amount }} as double precision)
        / nullif(cast({{ households }} as double precision) * {{ days }}, 0)
        as double precision
    )
{%- endmacro %}
