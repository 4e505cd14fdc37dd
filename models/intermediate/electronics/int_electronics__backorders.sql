-- Grain: one backorder and one stock that it fills up. A backorder for no stock stays, as does a
-- stock that names an unknown backorder.
with backorders as (
    select * from {{ ref('stg_electronics__backorders') }}
),

stocks as (
    select * from {{ ref('stg_electronics__inventory_backorders') }}
),

-- If a backorder is in the file twice, its last line counts.
ranked_backorders as (
    select
        *,
        row_number() over (
            partition by backorder_id
            order by load_id desc, file_line desc
        ) as newest_first
    from backorders
),

ranked_stocks as (
    select
        *,
        row_number() over (
            partition by backorder_id, location, product_id
            order by load_id desc, file_line desc
        ) as newest_first
    from stocks
),

newest_backorders as (
    select * from ranked_backorders
    where newest_first = 1
),

numbered_stocks as (
    select
        *,
        row_number() over (
            partition by backorder_id
            order by location, product_id
        ) as stock_number
    from ranked_stocks
    where newest_first = 1
),

joined as (
    select
        coalesce(newest_backorders.backorder_id, numbered_stocks.backorder_id) as backorder_id,
        numbered_stocks.location,
        numbered_stocks.product_id,
        newest_backorders.manufacturer,
        newest_backorders.quantity,
        newest_backorders.cost_amount,
        newest_backorders.backorder_status,
        coalesce(numbered_stocks.stock_number, 1) as stock_number,
        coalesce(newest_backorders.load_id, numbered_stocks.load_id) as load_id
    from newest_backorders
    full outer join numbered_stocks
        on newest_backorders.backorder_id = numbered_stocks.backorder_id
),

final as (
    select
        cast('electronics' as varchar(32)) as source_system,
        backorder_id,
        location,
        product_id,
        manufacturer,
        -- With the first stock alone, so that sums count them once.
        cast(case when stock_number = 1 then quantity end as numeric(18, 4)) as quantity,
        cast(case when stock_number = 1 then cost_amount end as numeric(18, 4)) as cost_amount,
        backorder_status,
        cast('USD' as varchar(3)) as currency_code,
        load_id
    from joined
)

select * from final
