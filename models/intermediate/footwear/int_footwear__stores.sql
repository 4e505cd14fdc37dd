with stores as (
    select * from {{ ref('stg_footwear__branches') }}
),

-- Should a branch stand in the file twice, the last line holds.
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
        'footwear' as source_system,
        store_id,
        store_name,
        city,
        cast(null as varchar(512)) as region,
        'AU' as country_code,
        case when lower(store_type) = 'online' then 'online' else 'store' end as channel,
        cast(null as varchar(64)) as time_zone
    from ranked
    where newest_first = 1
)

select * from final
