-- Grain: one customer.
with customers as (
    select * from {{ ref('stg_standard__customers') }}
),

-- If a customer is in the file twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by load_id desc, file_line desc
        ) as newest_first
    from customers
),

final as (
    select
        cast('standard' as varchar(32)) as source_system,
        customer_id,
        cast(joined_at as date) as joined_date,
        birth_year,
        region,
        segment
    from ranked
    where newest_first = 1
)

select * from final
