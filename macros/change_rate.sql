{#
    Change from an earlier amount as a share of it; null when there is none, or none above 0 to be
    a share of. Arguments: amount, earlier, SQL of type numeric. Returns: SQL of type double.
    Example: {{ change_rate('net_amount', 'previous_net_amount') }} as net_change_rate
#}
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
