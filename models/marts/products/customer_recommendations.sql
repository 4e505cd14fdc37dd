-- Grain: an identified customer and a rank from 1 to 10.
{{
    config(
        tags=['weekly'],
        indexes=unique_index(['customer_key', 'recommendation_rank'])
            + index(['source_system', 'customer_id'])
    )
}}

{%- set recommendations = 10 %}

with customers as (
    select
        customer_key,
        customer_id
    from {{ ref('dim_customer') }}
    where customer_id is not null
),

-- A rule's number says all of its strength: among rules for one product the best has the lowest,
-- and products by the numbers of their best rules are in the order in which they are recommended.
rules as (
    select
        source_system,
        product_key_a,
        product_key_b,
        product_id_a,
        product_id_b,
        confidence,
        lift,
        row_number() over (
            order by
                confidence desc,
                lift desc,
                product_id_b asc,
                product_id_a asc,
                product_key_a asc
        ) as rule_number,
        count(*) over () as rule_count
    from {{ ref('product_affinity') }}
),

bought as (
    select
        lines.customer_key,
        lines.product_key
    from {{ ref('fct_order_lines') }} as lines
    inner join customers
        on lines.customer_key = customers.customer_key
    where
        lines.line_type = 'sale'
        and lines.quantity > 0
        and lines.product_id is not null
    group by lines.customer_key, lines.product_key
),

-- Most customers find enough among the strongest rules; only the others are taken through the mass
-- of weak ones.
found_strong as (
    select
        bought.customer_key,
        rules.product_key_b,
        min(rules.rule_number) as rule_number
    from bought
    inner join rules
        on bought.product_key = rules.product_key_a
    where rules.rule_number <= 0.2 * rules.rule_count
    group by bought.customer_key, rules.product_key_b
),

strong_candidates as (
    select found_strong.*
    from found_strong
    left join bought
        on
            found_strong.customer_key = bought.customer_key
            and found_strong.product_key_b = bought.product_key
    where bought.product_key is null or {{ var('recommend_bought') }}
),

served as (
    select customer_key
    from strong_candidates
    group by customer_key
    having count(*) >= {{ recommendations }}
),

found_at_all as (
    select
        bought.customer_key,
        rules.product_key_b,
        min(rules.rule_number) as rule_number
    from bought
    inner join rules
        on bought.product_key = rules.product_key_a
    left join served
        on bought.customer_key = served.customer_key
    where served.customer_key is null
    group by bought.customer_key, rules.product_key_b
),

candidates as (
    select strong_candidates.*
    from strong_candidates
    inner join served
        on strong_candidates.customer_key = served.customer_key
    union all
    select found_at_all.*
    from found_at_all
    left join bought
        on
            found_at_all.customer_key = bought.customer_key
            and found_at_all.product_key_b = bought.product_key
    where bought.product_key is null or {{ var('recommend_bought') }}
),

ranked as (
    select
        customer_key,
        rule_number,
        row_number() over (partition by customer_key order by rule_number) as recommendation_rank
    from candidates
),

final as (
    select
        rules.source_system,
        ranked.customer_key,
        customers.customer_id,
        cast(ranked.recommendation_rank as integer) as recommendation_rank,
        rules.product_key_b as recommended_product_key,
        rules.product_id_b as recommended_product_id,
        cast(rules.confidence as double precision) as score,
        cast(rules.lift as double precision) as lift,
        rules.product_key_a as bought_product_key,
        rules.product_id_a as bought_product_id
    from ranked
    inner join rules
        on ranked.rule_number = rules.rule_number
    inner join customers
        on ranked.customer_key = customers.customer_key
    where ranked.recommendation_rank <= {{ recommendations }}
)

select * from final
