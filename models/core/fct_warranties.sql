-- Grain: one warranty of one source. Prices are in currency_code and add up only within one
-- currency; of several warranties for one order one alone is valid.
{{
    config(
        indexes=unique_index(['warranty_key']) + index(['order_key']),
        meta={'only_from': entity_sources('warranties')}
    )
}}

with warranties as (
    {{ union_sources('warranties') }}
),

keyed as (
    select
        *,
        {{ surrogate_key('source_system', 'order_id') }} as order_key,
        {{ surrogate_key('source_system', 'cast(null as varchar(256))') }} as unknown_key
    from warranties
),

-- An order is for one product; should it have several lines, the first names it.
first_lines as (
    select * from {{ ref('fct_order_lines') }}
    where line_number = 1
),

ordered as (
    select
        keyed.*,
        orders.customer_id,
        first_lines.product_id,
        orders.customer_key,
        first_lines.product_key,
        orders.order_key is not null as has_order,
        coalesce(orders.order_date, keyed.order_date) as known_order_date
    from keyed
    left join {{ ref('fct_orders') }} as orders
        on keyed.order_key = orders.order_key
    left join first_lines
        on keyed.order_key = first_lines.order_key
),

-- The one that ends last is valid, one without an end before all others.
ranked as (
    select
        *,
        row_number() over (
            partition by order_key
            order by
                case when expiration_date is null then 0 else 1 end,
                expiration_date desc,
                warranty_id desc
        ) as longest_first
    from ordered
),

final as (
    select
        {{ surrogate_key('source_system', 'warranty_id') }} as warranty_key,
        source_system,
        warranty_id,
        order_key,
        -- Without an order nobody knows whose it is: the source's unknown members.
        coalesce(customer_key, unknown_key) as customer_key,
        coalesce(product_key, unknown_key) as product_key,
        order_id,
        customer_id,
        product_id,
        known_order_date as order_date,
        expiration_date,
        percentage,
        price_amount,
        currency_code,
        has_order,
        cast(has_order and longest_first = 1 as boolean) as is_valid,
        load_id
    from ranked
)

select * from final
{{ kept_rows() }}
