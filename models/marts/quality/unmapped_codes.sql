-- Grain: one code of one source that a crosswalk does not know and that sales lines, entries of the
-- books, backorders or stores carry.
{%- set is_footwear_here =
    'footwear' in var('source_systems') and 'footwear' not in held_sources()
%}

with order_lines as (
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

lines_of_codes as (
    select
        source_system,
        payment_method_code,
        order_status_key,
        sum(line_count) as line_count
    from {{ ref('fct_orders') }}
    group by source_system, payment_method_code, order_status_key
),

lines_of_sources as (
    select
        source_system,
        sum(line_count) as line_count
    from lines_of_codes
    group by source_system
),

unmapped_payment_methods as (
    select
        lines_of_codes.source_system,
        cast('xwalk_payment_methods' as varchar(128)) as crosswalk,
        lines_of_codes.payment_method_code as code,
        cast(sum(lines_of_codes.line_count) as bigint) as row_count
    from lines_of_codes
    left join payment_methods
        on
            lines_of_codes.source_system = payment_methods.source_system
            and lines_of_codes.payment_method_code = payment_methods.source_code
    where
        lines_of_codes.payment_method_code is not null
        and payment_methods.source_code is null
    group by lines_of_codes.source_system, lines_of_codes.payment_method_code
),

unmapped_order_statuses as (
    select
        statuses.source_system,
        cast('xwalk_order_statuses' as varchar(128)) as crosswalk,
        statuses.order_status as code,
        cast(sum(lines_of_codes.line_count) as bigint) as row_count
    from lines_of_codes
    inner join {{ ref('dim_order_status') }} as statuses
        on lines_of_codes.order_status_key = statuses.order_status_key
    where statuses.order_status_group = 'unmapped'
    group by statuses.source_system, statuses.order_status
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
        cast('xwalk_grocery_commodity_sections' as varchar(128)) as crosswalk,
        products_without_section.category as code,
        count(*) as row_count
    from order_lines
    inner join products_without_section
        on order_lines.product_key = products_without_section.product_key
    group by products_without_section.source_system, products_without_section.category
),

-- The lines keep no category of their own once it is mapped: it is read where it was staged.
unmapped_sales_categories as (
    {%- if is_footwear_here %}
    select
        cast('footwear' as varchar(32)) as source_system,
        cast('xwalk_sales_categories' as varchar(128)) as crosswalk,
        sales.sales_category as code,
        count(*) as row_count
    from {{ ref('stg_footwear__sales') }} as sales
    left join {{ ref('xwalk_sales_categories') }} as sales_categories
        on
            sales_categories.source_system = 'footwear'
            and sales.sales_category = sales_categories.source_code
    where
        sales.sales_category is not null
        and sales_categories.source_code is null
    group by sales.sales_category
    {%- else %}
    select * from unmapped_commodities where 1 = 0
    {%- endif %}
),

unmapped_accounting_types as (
    select
        types.source_system,
        cast('xwalk_accounting_types' as varchar(128)) as crosswalk,
        types.accounting_type as code,
        count(*) as row_count
    from {{ ref('fct_accounting_entries') }} as entries
    inner join {{ ref('dim_accounting_type') }} as types
        on entries.accounting_type_key = types.accounting_type_key
    where types.accounting_group = 'unmapped'
    group by types.source_system, types.accounting_type
),

unmapped_backorder_statuses as (
    select
        backorders.source_system,
        cast('xwalk_backorder_statuses' as varchar(128)) as crosswalk,
        backorders.backorder_status as code,
        count(*) as row_count
    from {{ ref('fct_backorders') }} as backorders
    left join {{ ref('xwalk_backorder_statuses') }} as statuses
        on
            backorders.source_system = statuses.source_system
            and lower(backorders.backorder_status) = statuses.source_code
    where
        backorders.backorder_status is not null
        and statuses.source_code is null
    group by backorders.source_system, backorders.backorder_status
),

-- What a type of store means is settled before core: it is read where it was staged.
unmapped_store_types as (
    {%- if is_footwear_here %}
    select
        cast('footwear' as varchar(32)) as source_system,
        cast('xwalk_store_types' as varchar(128)) as crosswalk,
        branches.store_type as code,
        count(*) as row_count
    from {{ ref('stg_footwear__branches') }} as branches
    left join {{ ref('xwalk_store_types') }} as store_types
        on
            store_types.source_system = 'footwear'
            and lower(branches.store_type) = store_types.source_code
    where
        branches.store_type is not null
        and store_types.source_code is null
    group by branches.store_type
    {%- else %}
    select * from unmapped_commodities where 1 = 0
    {%- endif %}
),

unmapped as (
    select * from unmapped_payment_methods
    union all
    select * from unmapped_order_statuses
    union all
    select * from unmapped_commodities
    union all
    select * from unmapped_sales_categories
    union all
    select * from unmapped_accounting_types
    union all
    select * from unmapped_backorder_statuses
    union all
    select * from unmapped_store_types
),

final as (
    select
        cast(unmapped.source_system as varchar(32)) as source_system,
        cast(unmapped.crosswalk as varchar(64)) as crosswalk,
        cast(unmapped.code as varchar(512)) as code,
        cast(unmapped.row_count as bigint) as row_count,
        case
            -- No sales line carries the status of a backorder or the type of a store.
            when
                unmapped.crosswalk in ('xwalk_backorder_statuses', 'xwalk_store_types')
                then 0
            else
                cast(unmapped.row_count as double precision)
                / nullif(lines_of_sources.line_count, 0)
        end as line_share
    from unmapped
    left join lines_of_sources
        on unmapped.source_system = lines_of_sources.source_system
)

select * from final
{{ kept_rows() }}
