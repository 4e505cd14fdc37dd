-- Grain: one mention of a product on a ticket, `product - price`.
with tickets as (
    select * from {{ ref('int_cafe__tickets') }}
),

cells as (
    select
        load_id,
        order_id,
        ordered_at,
        {{ squeeze_blanks("translate(products, chr(9) || chr(10) || chr(13), '   ')") }}
            as products
    from tickets
),

pieces as (
    {{ split_to_rows('cells', ['load_id', 'order_id', 'ordered_at'], 'products', ',') }}
),

mentions as (
    select
        load_id,
        order_id,
        ordered_at,
        position,
        trim(piece) as mention
    from pieces
    where trim(piece) <> ''
),

priced as (
    select
        *,
        reverse(split_part(reverse(mention), ' - ', 1)) as last_part,
        mention similar to '% - [0-9]{1,10}([.][0-9]{1,4})?' as is_priced
    from mentions
),

-- A mention without a price keeps its product, so that the ticket can be found and corrected.
final as (
    select
        load_id,
        order_id,
        case
            when is_priced then left(mention, length(mention) - length(last_part) - 3)
            else mention
        end as product_id,
        cast(case when is_priced then last_part end as numeric(18, 4)) as price,
        position,
        ordered_at
    from priced
)

select * from final
