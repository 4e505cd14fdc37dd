-- Grain: one store.
with tickets as (
    select * from {{ ref('stg_cafe__transactions') }}
),

final as (
    select
        cast('cafe' as varchar(32)) as source_system,
        branch_name as store_id,
        branch_name as store_name,
        cast(null as varchar(512)) as city,
        cast(null as varchar(512)) as region,
        cast(null as varchar(2)) as country_code,
        cast('store' as varchar(64)) as channel,
        cast(null as varchar(64)) as time_zone
    from tickets
    group by branch_name
)

select * from final
