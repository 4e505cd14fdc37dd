-- Grain: one identified customer with an order up to the source's as_of_date.
{{ config(indexes=unique_index(['customer_key'])) }}

{%- set columns = [
    'source_system', 'customer_key', 'customer_id', 'currency_code', 'first_purchase_date',
    'last_purchase_date', 'purchases', 'purchase_days', 'revenue_amount',
    'repeat_revenue_amount', 'revenue_reporting_amount', 'repeat_revenue_reporting_amount',
] %}

with as_of_dates as (
    select * from {{ ref('as_of_dates') }}
),

all_time as (
    select
        customer_totals.*,
        as_of_dates.as_of_date
    from {{ ref('customer_totals') }} as customer_totals
    inner join as_of_dates
        on customer_totals.source_system = as_of_dates.source_system
),

-- Only who came later is summed anew; by default nobody did.
days_until as (
    select days.*
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
        {{ columns | join(',\n        ') }}
    from all_time
    where last_active_date <= as_of_date
    union all
    select
        {{ columns | join(',\n        ') }}
    from totals_until
),

final as (
    select
        totals.source_system,
        totals.customer_key,
        totals.customer_id,
        as_of_dates.as_of_date,
        totals.first_purchase_date,
        totals.last_purchase_date,
        totals.purchases,
        totals.purchase_days,
        {{ measured('totals.revenue_amount', 'totals.revenue_reporting_amount', 'as_of_dates') }}
            as revenue_amount,
        {{ measured(
            'totals.repeat_revenue_amount', 'totals.repeat_revenue_reporting_amount', 'as_of_dates'
        ) }} as repeat_revenue_amount,
        {{ measured('totals.currency_code', 'as_of_dates.currency_code', 'as_of_dates') }}
            as currency_code
    from totals
    inner join as_of_dates
        on totals.source_system = as_of_dates.source_system
)

select * from final
