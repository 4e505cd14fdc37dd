-- Grain: one store of one source, and each source's unknown store.
{{ config(indexes=unique_index(['store_key']) + index(['source_system', 'store_id'])) }}

with stores as (
    {{ union_sources('stores') }}
),

sources as (
    {{ rows_of_sources('stores') }}
),

seen as (
    select
        source_system,
        store_id
    from {{ ref('fct_orders') }}
    group by source_system, store_id
    union all
    {{ seen_ids(ref('fct_promotions_weekly'), 'store_key', 'store_id') }}
    union all
    select
        source_system,
        store_id
    from {{ ref('fct_accounting_entries') }}
    group by source_system, store_id
),

members as (
    select
        source_system,
        store_id
    from stores
    union
    select
        source_system,
        store_id
    from seen
    union
    select
        source_system,
        cast(null as varchar(256)) as store_id
    from sources
),

final as (
    select
        {{ surrogate_key('members.source_system', 'members.store_id') }} as store_key,
        members.source_system,
        members.store_id,
        stores.store_name,
        stores.city,
        stores.region,
        stores.country_code,
        stores.channel,
        stores.time_zone,
        members.store_id is not null and stores.store_id is null as is_inferred,
        members.store_id is null as is_unknown
    from members
    left join stores
        on
            members.source_system = stores.source_system
            and members.store_id = stores.store_id
)

select * from final
{{ kept_rows() }}
