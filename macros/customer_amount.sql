{#
    The currency in which a source's customers are measured as of a day, and whether amounts are
    converted into it, as columns currency_code and is_converted. Only what was paid up to that day
    has a say, so a later order changes no unit of the past.
    Arguments: source, a relation with first_currency_code and second_currency_date of as_of_dates;
    day, SQL of type date.
    Example: {{ measured_currency('as_of_dates', 'months.month_end') }}
#}
{% macro measured_currency(source, day) -%}
    cast(
            case
                when {{ source }}.second_currency_date <= {{ day }} then {{ reporting_currency() }}
                else {{ source }}.first_currency_code
            end as varchar(3)
        ) as currency_code,
        coalesce({{ source }}.second_currency_date <= {{ day }}, false) as is_converted
{%- endmacro %}


{#
    A customer's revenue on a day, in the currency in which the source's customers are measured.
    Arguments: days, a relation with the columns of customer_days; source, one with is_converted and
    currency_code of measured_currency(), joined to it.
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
