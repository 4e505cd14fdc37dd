-- Grain: one store.
-- The one shop, on the web.
with final as (
    select
        cast('ecommerce' as varchar(32)) as source_system,
        cast('online' as varchar(256)) as store_id,
        cast('Online shop' as varchar(512)) as store_name,
        cast(null as varchar(512)) as city,
        cast(null as varchar(512)) as region,
        cast(null as varchar(2)) as country_code,
        cast('online' as varchar(64)) as channel,
        cast(null as varchar(64)) as time_zone
)

select * from final
