-- One household's whole profile, in one row. Name it:
-- dbt show --select household --vars '{household: 1}'
{%- set household = "'" ~ (var('household', 1) | string | replace("'", "''")) ~ "'" %}

with household as (
    select
        customer_key,
        customer_id
    from {{ ref('dim_customer') }}
    where
        source_system = '{{ var("household_source", "grocery") }}'
        and customer_id = {{ household }}
),

orders as (
    select
        orders.customer_key,
        count(*) as orders,
        count(distinct orders.store_key) as stores,
        sum(orders.revenue_amount) as revenue_amount
    from {{ ref('fct_orders') }} as orders
    inner join household
        on orders.customer_key = household.customer_key
    group by orders.customer_key
),

bought as (
    select
        orders.customer_key,
        lines.product_id,
        sum(lines.net_amount) as net_amount
    from {{ ref('fct_orders') }} as orders
    inner join household
        on orders.customer_key = household.customer_key
    inner join {{ ref('fct_order_lines') }} as lines
        on orders.order_key = lines.order_key
    where lines.is_revenue
    group by orders.customer_key, lines.product_id
),

places as (
    select
        *,
        row_number() over (order by net_amount desc, product_id asc) as place
    from bought
),

favourites as (
    select
        customer_key,
        {{ dbt.listagg('product_id', "', '", 'order by place') }} as favourite_products
    from places
    where place <= 5
    group by customer_key
),

recommended as (
    select
        recommendations.customer_key,
        {{ dbt.listagg(
            'recommendations.recommended_product_id', "', '",
            'order by recommendations.recommendation_rank'
        ) }} as recommended_products
    from {{ ref('customer_recommendations') }} as recommendations
    inner join household
        on recommendations.customer_key = household.customer_key
    group by recommendations.customer_key
),

campaigns as (
    select
        campaign_households.customer_key,
        sum(case when campaign_households.is_exposed then 1 else 0 end) as campaigns_mailed,
        sum(campaign_households.redemption_count) as coupons_redeemed
    from {{ ref('campaign_households') }} as campaign_households
    inner join household
        on campaign_households.customer_key = household.customer_key
    group by campaign_households.customer_key
)

select
    household.customer_id as household,
    people.age_band,
    people.income_band,
    people.household_size_band,
    people.household_composition,
    people.homeowner_status,
    people.kids_band,
    rfm.rfm_segment,
    rfm.rfm_cell,
    rfm.recency_days,
    rfm.frequency,
    lifetime.first_order_date,
    lifetime.last_order_date,
    orders.orders,
    orders.stores,
    orders.revenue_amount,
    favourites.favourite_products,
    recommended.recommended_products,
    campaigns.campaigns_mailed,
    campaigns.coupons_redeemed
from household
left join {{ ref('dim_customer_profile') }} as people
    on household.customer_key = people.customer_key
left join {{ ref('customer_rfm') }} as rfm
    on household.customer_key = rfm.customer_key
left join {{ ref('customer_lifetime') }} as lifetime
    on household.customer_key = lifetime.customer_key
left join orders
    on household.customer_key = orders.customer_key
left join favourites
    on household.customer_key = favourites.customer_key
left join recommended
    on household.customer_key = recommended.customer_key
left join campaigns
    on household.customer_key = campaigns.customer_key
