with source as (
    select * from {{ source('ml', 'lifetime_runs') }}
),

renamed as (
    select
        run_id,
        source_system,
        status,
        reason,
        as_of_date,
        held_out_days,
        currency_code,
        discount_rate,
        data_hash,
        row_count,
        buying_r,
        buying_alpha,
        buying_a,
        buying_b,
        spending_p,
        spending_q,
        spending_gamma,
        started_at,
        finished_at
    from source
)

select * from renamed
