-- Grain: one store.
-- The company sells through its online shop alone, which its tables do not name.
with final as (
    select
        'electronics' as source_system,
        'online' as store_id,
        'Circuit Blocks' as store_name,
        cast(null as varchar(512)) as city,
        cast(null as varchar(512)) as region,
        'US' as country_code,
        'online' as channel,
        cast(null as varchar(64)) as time_zone
)

select * from final
