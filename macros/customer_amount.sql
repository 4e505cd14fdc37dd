{#
    The currency in which a source's customers are measured as of a day (measured_currencies), as
    a left join named `measured`, with columns currency_code and is_converted.
    Arguments: looked_back, a relation with source_system; day, SQL of type date.
    Example: from dates {{ with_measured_currency('dates', 'dates.as_of_date') }}
#}
{% macro with_measured_currency(looked_back, day) -%}
    left join {{ ref('measured_currencies') }} as measured
        on
            {{ looked_back }}.source_system = measured.source_system
            and {{ day }} >= measured.valid_from
            and {{ day }} < measured.valid_to
{%- endmacro %}


{#
    An amount, or its currency, in the currency in which the source's customers are measured.
    Arguments: own and converted, SQL of the same in its own and in the reporting currency; source,
    a relation with is_converted of measured_currencies, or none where only one is there.
    Example: {{ measured('days.revenue_amount', 'days.revenue_reporting_amount', 'dates') }}
#}
{% macro measured(own, converted, source=none) -%}
    case when {{ source ~ '.' if source }}is_converted then {{ converted }} else {{ own }} end
{%- endmacro %}
