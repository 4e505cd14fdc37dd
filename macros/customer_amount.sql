{#
    A customer's revenue on a day, in the currency in which the source's customers are measured.
    Arguments: days, a relation with the columns of customer_days; source, one with those of
    as_of_dates, joined by source.
    Example: sum({{ customer_amount('days') }}) as revenue_amount
#}
{% macro customer_amount(days, source='as_of_dates') -%}
    case
            when {{ source }}.is_converted then {{ days }}.revenue_reporting_amount
            else {{ days }}.revenue_amount
        end
{%- endmacro %}


{# The currency of that amount. #}
{% macro customer_currency(days, source='as_of_dates') -%}
    case
        when {{ source }}.is_converted then {{ source }}.currency_code
        else {{ days }}.currency_code
    end
{%- endmacro %}
