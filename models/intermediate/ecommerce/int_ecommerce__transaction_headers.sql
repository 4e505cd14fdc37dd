-- Grain: one transaction whose header has arrived. A header that comes again, say with another
-- status, takes the earlier one's place.
-- The window holds order_id, so that one transaction can be read by itself.
with transactions as (
    select * from {{ ref('stg_ecommerce__transactions') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by order_id
            order by load_id desc, file_line desc
        ) as newest_first
    from transactions
),

final as (
    select
        order_id,
        customer_id,
        order_status,
        stated_total_amount,
        ordered_at,
        cast(ordered_at as date) as order_date,
        load_id
    from ranked
    where newest_first = 1
)

select * from final
