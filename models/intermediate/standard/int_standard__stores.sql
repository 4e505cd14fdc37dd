-- Grain: one store.
with stores as (
    select * from {{ ref('stg_standard__stores') }}
),

-- If a store is in the file twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by store_id
            order by load_id desc, file_line desc
        ) as newest_first
    from stores
),

final as (
    select
        cast('standard' as varchar(32)) as source_system,
        store_id,
        store_name,
        city,
        region,
        country_code,
        channel,
        time_zone
    from ranked
    where newest_first = 1
)

select * from final
