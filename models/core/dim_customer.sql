-- Grain: one customer of one source, and each source's unknown and anonymous customer.
{{ config(indexes=unique_index(['customer_key']) + index(['source_system', 'customer_id'])) }}

with customers as (
    {{ union_sources('customers') }}
),

sources as (
    {{ rows_of_sources('customers') }}
),

seen as (
    select
        source_system,
        customer_id
    from {{ ref('fct_orders') }}
    group by source_system, customer_id
    union all
    select
        source_system,
        customer_id
    from {{ ref('fct_campaign_mailings') }}
    group by source_system, customer_id
    union all
    select
        source_system,
        customer_id
    from {{ ref('fct_coupon_redemptions') }}
    group by source_system, customer_id
    union all
    select
        source_system,
        customer_id
    from {{ ref('dim_customer_profile') }}
),

members as (
    select
        source_system,
        customer_id,
        false as is_anonymous
    from customers
    union
    select
        source_system,
        customer_id,
        false as is_anonymous
    from seen
    union
    select
        source_system,
        cast(null as varchar(256)) as customer_id,
        false as is_anonymous
    from sources
    union
    select
        source_system,
        cast(null as varchar(256)) as customer_id,
        true as is_anonymous
    from sources
),

final as (
    select
        case
            when members.is_anonymous
                then
                    {{ surrogate_key(
                        'members.source_system', 'members.customer_id', blank='anonymous'
                    ) }}
            else {{ surrogate_key('members.source_system', 'members.customer_id') }}
        end as customer_key,
        members.source_system,
        members.customer_id,
        customers.joined_date,
        customers.birth_year,
        customers.region,
        customers.segment,
        members.customer_id is not null and customers.customer_id is null as is_inferred,
        members.customer_id is null and not members.is_anonymous as is_unknown,
        members.is_anonymous
    from members
    left join customers
        on
            members.source_system = customers.source_system
            and members.customer_id = customers.customer_id
)

select * from final
{{ kept_rows() }}
