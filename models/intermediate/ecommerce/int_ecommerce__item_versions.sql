-- Grain: one item, with its price and weight and the days they hold, valid_to not included.
with items as (
    select * from {{ ref('stg_ecommerce__items') }}
),

-- Should an item stand in the file twice, its last line holds.
ranked as (
    select
        *,
        row_number() over (
            partition by product_id
            order by load_id desc, file_line desc
        ) as newest_first
    from items
),

final as (
    select
        product_id,
        list_price,
        weight_kg,
        cast('1900-01-01' as date) as valid_from,
        cast(null as date) as valid_to,
        load_id
    from ranked
    where newest_first = 1
)

select * from final
