-- Grain: one customer.
-- Everybody who is in the master or has a membership. Everything else about them is personal.
with customers as (
    select * from {{ ref('stg_electronics__customers') }}
),

members as (
    select * from {{ ref('stg_electronics__members') }}
),

-- Should a customer have several memberships in the file, the last line holds.
ranked_members as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by load_id desc, file_line desc
        ) as newest_first
    from members
),

known_customers as (
    select customer_id from customers
    union
    select customer_id from members
),

final as (
    select
        cast('electronics' as varchar(32)) as source_system,
        known_customers.customer_id,
        ranked_members.joined_date,
        cast(null as integer) as birth_year,
        cast(null as varchar(64)) as region,
        ranked_members.status_tier as segment
    from known_customers
    left join ranked_members
        on
            known_customers.customer_id = ranked_members.customer_id
            and ranked_members.newest_first = 1
)

select * from final
