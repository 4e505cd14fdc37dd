{#
    The factor into the reporting currency for each day and currency in `days`; none where no rate
    is known. Looked up once a day, so that many rates cost little.
    Arguments: days, a relation with currency_code and order_date.
    Columns: currency_code, order_date, reporting_factor, reporting_currency_code.
    Example: factors as ({{ reporting_factors('store_days') }})
#}
{% macro reporting_factors(days) %}
    select
        days.currency_code,
        days.order_date,
        rates.reporting_factor,
        rates.reporting_currency_code
    from (
        select
            currency_code,
            order_date
        from {{ days }}
        group by currency_code, order_date
    ) as days
    inner join {{ ref('reporting_rates') }} as rates
        on
            days.currency_code = rates.currency_code
            and days.order_date >= rates.valid_from
            and days.order_date < rates.valid_to
{% endmacro %}


{#
    An amount in the reporting currency; null where no rate is known.
    Arguments: amount, SQL of type numeric; factors, a relation made by reporting_factors() and
    left joined by currency and day.
    Example: {{ reporting_amount('store_days.net_amount', 'factors') }} as net_reporting_amount
#}
{% macro reporting_amount(amount, factors) -%}
    cast({{ amount }} * {{ factors }}.reporting_factor as numeric(18, 4))
{%- endmacro %}


{#
    A sum that is null as soon as one part is: a sum of the known parts would pass for the whole.
    Arguments: amount, SQL of type numeric. Example: {{ sum_if_all_known('cost_amount') }}
#}
{% macro sum_if_all_known(amount) -%}
    case when count(*) = count({{ amount }}) then sum({{ amount }}) end
{%- endmacro %}
