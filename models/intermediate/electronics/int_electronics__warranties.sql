-- Grain: one warranty.
with warranties as (
    select * from {{ ref('stg_electronics__warranties') }}
),

-- If a warranty is in the file twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by warranty_id
            order by load_id desc, file_line desc
        ) as newest_first
    from warranties
),

final as (
    select
        cast('electronics' as varchar(32)) as source_system,
        warranty_id,
        order_id,
        order_date,
        expiration_date,
        price_amount,
        percentage,
        cast('USD' as varchar(3)) as currency_code,
        load_id
    from ranked
    where newest_first = 1
)

select * from final
