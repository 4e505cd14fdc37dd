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


{# An amount in the reporting currency; null where no rate is known. #}
{% macro reporting_amount(amount, factors) -%}
    cast({{ amount }} * {{ factors }}.reporting_factor as numeric(18, 4))
{%- endmacro %}


{# A sum that is null as soon as one part is: a sum of the known parts would pass for the whole. #}
{% macro sum_if_all_known(amount) -%}
    case when count(*) = count({{ amount }}) then sum({{ amount }}) end
{%- endmacro %}
