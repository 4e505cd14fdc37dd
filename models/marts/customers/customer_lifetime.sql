-- Grain: one identified customer with a purchase, as of the source's as_of_date.
{{ config(indexes=unique_index(['customer_key']) + index(['source_system', 'customer_id'])) }}

with totals as (
    select * from {{ ref('customer_totals_as_of') }}
),

final as (
    select
        source_system,
        customer_key,
        customer_id,
        as_of_date,
        first_purchase_date as first_order_date,
        last_purchase_date as last_order_date,
        cast(purchase_days - 1 as integer) as repeat_days,
        cast(
            {{ dbt.datediff('first_purchase_date', 'last_purchase_date', 'day') }} as integer
        ) as first_to_last_days,
        cast(
            {{ dbt.datediff('first_purchase_date', 'as_of_date', 'day') }} as integer
        ) as age_days,
        cast(
            case
                when purchase_days > 1 then repeat_revenue_amount / (purchase_days - 1)
                else 0
            end as numeric(18, 4)
        ) as mean_repeat_amount,
        currency_code
    from totals
    where purchases > 0
)

select * from final
