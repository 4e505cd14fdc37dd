-- Grain: one code of one source that a crosswalk does not know and that sales lines carry.
with orders as (
    select * from {{ ref('fct_orders') }}
),

order_lines as (
    select * from {{ ref('fct_order_lines') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

payment_methods as (
    select * from {{ ref('xwalk_payment_methods') }}
),

commodity_sections as (
    select * from {{ ref('xwalk_grocery_commodity_sections') }}
),

lines_of_sources as (
    select
        source_system,
        sum(line_count) as line_count
    from orders
    group by source_system
),

unmapped_payment_methods as (
    select
        orders.source_system,
        'xwalk_payment_methods' as crosswalk,
        orders.payment_method_code as code,
        sum(orders.line_count) as row_count
    from orders
    left join payment_methods
        on
            orders.source_system = payment_methods.source_system
            and orders.payment_method_code = payment_methods.source_code
    where
        orders.payment_method_code is not null
        and payment_methods.source_code is null
    group by orders.source_system, orders.payment_method_code
),

products_without_section as (
    select
        products.product_key,
        products.source_system,
        products.category
    from products
    left join commodity_sections
        on products.category = commodity_sections.commodity_desc
    where
        products.source_system = 'grocery'
        and products.category is not null
        and commodity_sections.commodity_desc is null
),

unmapped_commodities as (
    select
        products_without_section.source_system,
        'xwalk_grocery_commodity_sections' as crosswalk,
        products_without_section.category as code,
        count(*) as row_count
    from order_lines
    inner join products_without_section
        on order_lines.product_key = products_without_section.product_key
    group by products_without_section.source_system, products_without_section.category
),

unmapped as (
    select * from unmapped_payment_methods
    union all
    select * from unmapped_commodities
),

final as (
    select
        cast(unmapped.source_system as varchar(32)) as source_system,
        cast(unmapped.crosswalk as varchar(64)) as crosswalk,
        cast(unmapped.code as varchar(512)) as code,
        cast(unmapped.row_count as bigint) as row_count,
        cast(unmapped.row_count as double precision)
        / nullif(lines_of_sources.line_count, 0) as line_share
    from unmapped
    inner join lines_of_sources
        on unmapped.source_system = lines_of_sources.source_system
)

select * from final
