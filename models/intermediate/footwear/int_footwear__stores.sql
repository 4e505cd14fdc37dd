-- Grain: one store.
with stores as (
    select * from {{ ref('stg_footwear__branches') }}
),

store_types as (
    select * from {{ ref('xwalk_store_types') }}
    where source_system = 'footwear'
),

-- If a branch is in the file twice, its last line counts.
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
        cast('footwear' as varchar(32)) as source_system,
        ranked.store_id,
        ranked.store_name,
        ranked.city,
        cast(null as varchar(512)) as region,
        cast('AU' as varchar(2)) as country_code,
        coalesce(store_types.channel, 'store') as channel,
        cast(null as varchar(64)) as time_zone
    from ranked
    left join store_types
        on lower(ranked.store_type) = store_types.source_code
    where ranked.newest_first = 1
)

select * from final
