-- Grain: one identified customer with a purchase, as of the source's as_of_date.
{{ config(indexes=unique_index(['customer_key']) + index(['source_system', 'customer_id'])) }}

with totals as (
    select * from {{ ref('customer_totals_as_of') }}
),

customers as (
    select
        source_system,
        customer_key,
        customer_id,
        currency_code,
        as_of_date,
        last_purchase_date as last_order_date,
        purchases as frequency,
        revenue_amount as monetary_amount
    from totals
    where purchases > 0
),

final as (
    {{ rfm_scores('customers') }}
)

select * from final
