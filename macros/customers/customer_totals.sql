{# One row per customer from days of customers: what the customer bought in all. #}
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
