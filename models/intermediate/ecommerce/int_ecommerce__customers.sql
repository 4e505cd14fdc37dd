-- Grain: one customer.
with members as (
    select * from {{ ref('stg_ecommerce__members') }}
),

-- If a member is in the file twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by load_id desc, file_line desc
        ) as newest_first
    from members
),

final as (
    select
        cast('ecommerce' as varchar(32)) as source_system,
        customer_id,
        cast(joined_at as date) as joined_date,
        birth_year,
        cast(null as varchar(64)) as region,
        cast(null as varchar(64)) as segment
    from ranked
    where newest_first = 1
)

select * from final
