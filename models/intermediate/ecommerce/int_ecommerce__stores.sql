-- Grain: one store.
-- The one shop, on the web.
with final as (
    select
        'ecommerce' as source_system,
        'online' as store_id,
        'Online shop' as store_name,
        cast(null as varchar(512)) as city,
        cast(null as varchar(512)) as region,
        cast(null as varchar(2)) as country_code,
        'online' as channel,
        cast(null as varchar(64)) as time_zone
)

select * from final
