-- Grain: one backorder of one source and one stock that it fills up. Quantity and cost are with
-- the first stock of a backorder, so they add up; costs only within one currency.
{{ config(indexes=index(['product_key', 'location'])) }}

with backorders as (
    {{ union_sources('backorders') }}
),

backorder_statuses as (
    select * from {{ ref('xwalk_backorder_statuses') }}
),

final as (
    select
        {{ surrogate_key('backorders.source_system', 'backorders.backorder_id') }}
            as backorder_key,
        {{ surrogate_key('backorders.source_system', 'backorders.product_id') }} as product_key,
        backorders.source_system,
        backorders.backorder_id,
        backorders.product_id,
        backorders.location,
        backorders.manufacturer,
        backorders.backorder_status,
        -- What no crosswalk closes is looked at.
        cast(coalesce(backorder_statuses.is_open, true) as boolean) as is_open,
        backorders.quantity,
        backorders.cost_amount,
        backorders.currency_code,
        backorders.load_id
    from backorders
    left join backorder_statuses
        on
            backorders.source_system = backorder_statuses.source_system
            and lower(backorders.backorder_status) = backorder_statuses.source_code
)

select * from final
{{ kept_rows() }}
