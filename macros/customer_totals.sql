{#
    One row per customer from days of customers: what the customer bought in all.
    Only days with a purchase have a part in dates and counts; returns count in revenue_amount.
    A customer of several currencies has no sum in its own, only in the reporting currency.
    Arguments: days, a relation with the columns of customer_days.
#}
{% macro customer_totals(days) %}
    with dated as (
        select
            source_system,
            customer_key,
            customer_id,
            currency_code,
            order_date,
            purchases,
            revenue_amount,
            revenue_reporting_amount,
            -- Of the day, which has a row for each currency.
            max(case when purchases > 0 then order_date end)
                over (partition by customer_key, order_date) as purchase_date,
            min(case when purchases > 0 then order_date end) over (partition by customer_key)
                as first_purchase_date
        from {{ days }}
    )

    select
        cast(source_system as varchar(32)) as source_system,
        customer_key,
        cast(max(customer_id) as varchar(256)) as customer_id,
        cast(
            case when min(currency_code) = max(currency_code) then max(currency_code) end
            as varchar(3)
        ) as currency_code,
        cast(max(order_date) as date) as last_active_date,
        cast(first_purchase_date as date) as first_purchase_date,
        cast(max(purchase_date) as date) as last_purchase_date,
        cast(sum(purchases) as integer) as purchases,
        cast(count(distinct purchase_date) as integer) as purchase_days,
        cast(
            case when min(currency_code) = max(currency_code) then sum(revenue_amount) end
            as numeric(18, 4)
        ) as revenue_amount,
        cast(
            case
                when min(currency_code) = max(currency_code)
                    then
                        sum(case
                            when purchase_date > first_purchase_date then revenue_amount else 0
                        end)
            end as numeric(18, 4)
        ) as repeat_revenue_amount,
        cast(
            {{ sum_if_all_known('revenue_reporting_amount') }} as numeric(18, 4)
        ) as revenue_reporting_amount,
        cast(
            {{ sum_if_all_known(
                'case when purchase_date > first_purchase_date then revenue_reporting_amount '
                ~ 'else 0 end'
            ) }} as numeric(18, 4)
        ) as repeat_revenue_reporting_amount
    from dated
    group by source_system, customer_key, first_purchase_date
{% endmacro %}


{#
    The same as of each source's as_of_date. A customer without a later order keeps the row of
    customer_totals; only the others are summed anew, and by default there are none. Amounts are in
    the currency in which the source's customers are measured (as_of_dates).
#}
{% macro customer_totals_as_of() %}
    {%- set columns = [
        'source_system', 'customer_key', 'customer_id', 'currency_code', 'first_purchase_date',
        'last_purchase_date', 'purchases', 'purchase_days', 'revenue_amount',
        'repeat_revenue_amount', 'revenue_reporting_amount', 'repeat_revenue_reporting_amount'
    ] %}
    with all_time as (
        select
            customer_totals.*,
            as_of_dates.as_of_date
        from {{ ref('customer_totals') }} as customer_totals
        inner join {{ ref('as_of_dates') }} as as_of_dates
            on customer_totals.source_system = as_of_dates.source_system
    ),

    days_until as (
        select
            days.*,
            all_time.as_of_date
        from {{ ref('customer_days') }} as days
        inner join all_time
            on days.customer_key = all_time.customer_key
        where
            all_time.last_active_date > all_time.as_of_date
            and days.order_date <= all_time.as_of_date
    ),

    totals_until as (
        {{ customer_totals('days_until') }}
    ),

    totals as (
        select
            {{ columns | join(',\n            ') }}
        from all_time
        where last_active_date <= as_of_date
        union all
        select
            {{ columns | join(',\n            ') }}
        from totals_until
    )

    select
        totals.source_system,
        totals.customer_key,
        totals.customer_id,
        case
            when as_of_dates.is_converted then as_of_dates.currency_code
            else totals.currency_code
        end as currency_code,
        totals.first_purchase_date,
        totals.last_purchase_date,
        totals.purchases,
        totals.purchase_days,
        {%- for amount in ['revenue', 'repeat_revenue'] %}
        case
            when as_of_dates.is_converted then totals.{{ amount }}_reporting_amount
            else totals.{{ amount }}_amount
        end as {{ amount }}_amount,
        {%- endfor %}
        as_of_dates.as_of_date
    from totals
    inner join {{ ref('as_of_dates') }} as as_of_dates
        on totals.source_system = as_of_dates.source_system
{% endmacro %}
