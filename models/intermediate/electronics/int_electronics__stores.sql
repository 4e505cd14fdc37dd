-- Grain: one store.
-- The company sells through its online shop alone, which its tables do not name.
with final as (
    select
        cast('electronics' as varchar(32)) as source_system,
        cast('online' as varchar(256)) as store_id,
        cast('Circuit Blocks' as varchar(512)) as store_name,
        cast(null as varchar(512)) as city,
        cast(null as varchar(512)) as region,
        cast('US' as varchar(2)) as country_code,
        cast('online' as varchar(64)) as channel,
        cast(null as varchar(64)) as time_zone
)

select * from final
