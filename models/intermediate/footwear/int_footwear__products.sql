-- Grain: one product.
-- The company hands over no master of products: what was sold is the master. Price and cost are
-- those of the last day, the highest should that day have several; size and colour are named where
-- the SKU was sold in one alone.
with sales as (
    select * from {{ ref('stg_footwear__sales') }}
    where product_id is not null
),

colors as (
    select * from {{ ref('int_footwear__colors') }}
),

product_days as (
    select
        product_id,
        cast(ordered_at as date) as order_date,
        max(product_category) as category,
        max(unit_price) as list_price,
        max(unit_cost) as unit_cost
    from sales
    group by product_id, cast(ordered_at as date)
),

ranked as (
    select
        *,
        row_number() over (partition by product_id order by order_date desc) as newest_first
    from product_days
),

variants as (
    select
        product_id,
        case when min(size) = max(size) then min(size) end as size,
        case when min(color_id) = max(color_id) then min(color_id) end as color_id
    from sales
    group by product_id
),

final as (
    select
        cast('footwear' as varchar(32)) as source_system,
        ranked.product_id,
        ranked.category || coalesce(', ' || colors.color_name, '') as product_name,
        cast(null as varchar(512)) as brand,
        cast(null as varchar(512)) as manufacturer,
        cast(null as varchar(512)) as department,
        ranked.category,
        cast(null as varchar(512)) as subcategory,
        variants.size,
        cast(ranked.list_price as numeric(18, 4)) as list_price,
        cast(ranked.unit_cost as numeric(18, 4)) as unit_cost,
        cast(null as numeric(18, 4)) as weight_kg,
        nullif(substring(ranked.product_id, 7, 2), '') as supplier_id
    from ranked
    inner join variants
        on ranked.product_id = variants.product_id
    left join colors
        on variants.color_id = colors.color_id
    where ranked.newest_first = 1
)

select * from final
