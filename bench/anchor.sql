-- The core work in DuckDB, from the same files: grocery's facts, RFM, products and branches.
-- Tables and columns are named as in the warehouse, so that the same queries run on both; keys are
-- the source's own ids. Variables: folder is that of the files, segments is the seed.
create schema core;
create schema aggregates;
create schema marts;

create table core.dim_product as
with products as (
    select
        *,
        row_number() over () as file_line
    from read_csv(
        getvariable('folder') || '/product.csv', header = true, all_varchar = true,
        store_rejects = true
    )
)

select
    cast(product_id as bigint) as product_id,
    nullif(trim(sub_commodity_desc), '')
    || coalesce(', ' || nullif(trim(curr_size_of_product), ''), '') as product_name,
    nullif(trim(brand), '') as brand,
    cast(manufacturer as bigint) as manufacturer,
    nullif(trim(department), '') as department,
    nullif(trim(commodity_desc), '') as category
from products
qualify row_number() over (partition by product_id order by file_line desc) = 1;

-- A line is left out if a cell is not a number or is outside the bounds in the source's definition.
-- If a later file repeats a line of a basket, that file has the whole basket.
create table core.fct_order_lines as
with lines as (
    select
        *,
        row_number() over () as file_line
    from read_csv(
        getvariable('folder') || '/transaction_data*.csv', header = true, filename = 'file',
        store_rejects = true,
        types = {
            'household_key': 'bigint', 'basket_id': 'bigint', 'day': 'integer',
            'product_id': 'bigint', 'quantity': 'bigint', 'sales_value': 'decimal(18, 4)',
            'store_id': 'bigint', 'retail_disc': 'decimal(18, 4)', 'trans_time': 'integer',
            'week_no': 'integer', 'coupon_disc': 'decimal(18, 4)',
            'coupon_match_disc': 'decimal(18, 4)'
        }
    )
),

judged as (
    select
        basket_id as order_id,
        household_key as customer_id,
        product_id,
        store_id,
        date '2004-03-22' + day as order_date,
        trans_time,
        quantity,
        sales_value as net_amount,
        coalesce(retail_disc, 0) + coalesce(coupon_match_disc, 0) as shop_discount,
        -coalesce(coupon_disc, 0) as manufacturer_coupon_amount,
        file,
        file_line
    from lines
    where
        basket_id >= 0
        and coalesce(household_key, 1) >= 1
        and coalesce(product_id, 0) >= 0
        and coalesce(store_id, 0) >= 0
        and day between 1 and 17085
        and trans_time between 0 and 2359
        and trans_time % 100 < 60
        and coalesce(week_no, 0) between 0 and 2441
        and quantity between -9999999 and 9999999
        and sales_value between -999999 and 999999
        and coalesce(retail_disc, 0) between -999999 and 999999
        and coalesce(coupon_disc, 0) between -999999 and 0
        and coalesce(coupon_match_disc, 0) between -999999 and 0
),

compared as (
    select
        *,
        lag(file) over (partition by order_id, product_id order by file, file_line)
            as previous_file
    from judged
),

overlapping as (
    select
        *,
        max(case when previous_file < file then file end) over (partition by order_id)
            as last_overlapping_file
    from compared
)

select
    order_id,
    row_number() over (partition by order_id order by product_id, file, file_line) as line_number,
    customer_id,
    product_id,
    store_id,
    order_date,
    cast(order_date as timestamp)
    + to_minutes((trans_time // 100) * 60 + trans_time % 100) as ordered_at,
    case when quantity < 0 then 'return' else 'sale' end as line_type,
    quantity,
    cast((net_amount - shop_discount) / nullif(quantity, 0) as decimal(18, 4)) as unit_price,
    net_amount - shop_discount as gross_amount,
    -shop_discount as discount_amount,
    net_amount,
    manufacturer_coupon_amount
from overlapping
where file >= coalesce(last_overlapping_file, file);

create table core.fct_orders as
select
    order_id,
    max(case when line_number = 1 then customer_id end) as customer_id,
    max(case when line_number = 1 then store_id end) as store_id,
    max(case when line_number = 1 then ordered_at end) as ordered_at,
    max(case when line_number = 1 then order_date end) as order_date,
    bool_or(line_type = 'sale' and quantity > 0) as is_purchase,
    count(*) as line_count,
    sum(quantity) as quantity,
    sum(gross_amount) as gross_amount,
    sum(discount_amount) as discount_amount,
    sum(net_amount) as revenue_amount
from core.fct_order_lines
group by order_id;

create table marts.customer_rfm as
with totals as (
    select
        customer_id,
        max(case when is_purchase then order_date end) as last_order_date,
        count(case when is_purchase then 1 end) as frequency,
        sum(revenue_amount) as monetary_amount
    from core.fct_orders
    where customer_id is not null
    group by customer_id
),

measured as (
    select
        *,
        (select max(order_date) + 1 from core.fct_orders) - last_order_date as recency_days
    from totals
    where frequency > 0
),

edges as (
    select
        quantile_cont(cast(recency_days as double), [0.2, 0.4, 0.6, 0.8]) as recency,
        quantile_cont(cast(frequency as double), [0.2, 0.4, 0.6, 0.8]) as frequency,
        quantile_cont(cast(monetary_amount as double), [0.2, 0.4, 0.6, 0.8]) as monetary
    from measured
),

scored as (
    select
        measured.*,
        5 - len(list_filter(edges.recency, lambda edge: edge < cast(recency_days as double)))
            as r_score,
        1 + len(list_filter(
            edges.frequency, lambda edge: edge < cast(measured.frequency as double)
        )) as f_score,
        1 + len(list_filter(
            edges.monetary, lambda edge: edge < cast(monetary_amount as double)
        )) as m_score
    from measured
    cross join edges
)

select
    scored.*,
    r_score + f_score + m_score as rfm_score,
    segments.rfm_segment
from scored
left join read_csv(getvariable('segments')) as segments using (r_score, f_score);

create table marts.product_performance as
with sales as (
    select
        product_id,
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        count(distinct order_id) as orders,
        count(distinct customer_id) as customers
    from core.fct_order_lines
    group by product_id
)

select
    sales.*,
    products.product_name,
    products.department,
    products.category,
    row_number() over (
        order by net_amount desc, quantity desc, cast(product_id as varchar)
    ) as net_rank,
    row_number() over (
        order by quantity desc, net_amount desc, cast(product_id as varchar)
    ) as quantity_rank
from sales
left join core.dim_product as products using (product_id);

create table aggregates.store_products as
select
    store_id,
    product_id,
    sum(quantity) as quantity,
    sum(net_amount) as net_amount,
    count(distinct order_id) as orders,
    count(distinct customer_id) as customers
from core.fct_order_lines
group by store_id, product_id;

create view marts.branch_product_performance as
select
    store_products.*,
    products.product_name,
    row_number() over (
        partition by store_id
        order by net_amount desc, quantity desc, cast(product_id as varchar)
    ) as net_rank,
    row_number() over (
        partition by store_id
        order by quantity desc, net_amount desc, cast(product_id as varchar)
    ) as quantity_rank
from aggregates.store_products as store_products
left join core.dim_product as products using (product_id);
