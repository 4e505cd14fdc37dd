-- Grain: one product mention on a ticket, `[Size ]Name[ - Flavour] - price`.
with tickets as (
    select * from {{ ref('int_cafe__tickets') }}
),

sizes as (
    select * from {{ ref('int_cafe__sizes') }}
),

cells as (
    select
        load_id,
        order_id,
        ordered_at,
        {{ squeeze_blanks("translate(products, chr(9) || chr(10) || chr(13), '   ')") }}
            as products,
        length(products) - length(replace(products, ',', '')) + 1 as mention_count
    from tickets
),

mentions as (
    select
        cells.load_id,
        cells.order_id,
        cells.ordered_at,
        positions.position,
        trim(split_part(cells.products, ',', positions.position)) as mention
    from cells
    {{ join_positions('cells.mention_count') }}
),

parts as (
    select
        *,
        (length(mention) - length(replace(mention, ' - ', ''))) / 3 + 1 as part_count
    from mentions
    where mention <> ''
),

last_parts as (
    select
        *,
        split_part(mention, ' - ', part_count) as last_part
    from parts
),

priced as (
    select
        *,
        part_count > 1 and last_part similar to '[0-9]{1,10}([.][0-9]{1,4})?' as is_priced
    from last_parts
),

-- A mention without a price keeps its product, so that the ticket can be found and corrected.
described as (
    select
        load_id,
        order_id,
        ordered_at,
        position,
        case when is_priced then cast(last_part as numeric(18, 4)) end as price,
        case
            when is_priced then left(mention, length(mention) - length(last_part) - 3)
            else mention
        end as product_id
    from priced
),

sized as (
    select
        described.*,
        sizes.size,
        case
            when sizes.size is null then described.product_id
            else substring(described.product_id, length(sizes.size) + 2)
        end as name_and_flavour
    from described
    left join sizes
        on split_part(described.product_id, ' ', 1) = sizes.size
),

final as (
    select
        load_id,
        order_id,
        product_id,
        size,
        split_part(name_and_flavour, ' - ', 1) as name,
        nullif(
            substring(
                name_and_flavour,
                length(split_part(name_and_flavour, ' - ', 1)) + 4
            ),
            ''
        ) as flavour,
        price,
        position,
        ordered_at
    from sized
)

select * from final
