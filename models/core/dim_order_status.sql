-- Grain: one status of the orders of one source, and each source's unknown status.
{{ config(indexes=unique_index(['order_status_key'])) }}

with orders as (
    select * from {{ ref('fct_orders') }}
),

crosswalk as (
    select * from {{ ref('xwalk_order_statuses') }}
),

sources as (
    {{ rows_of_sources('orders') }}
),

members as (
    select
        source_system,
        order_status
    from orders
    union
    select
        source_system,
        cast(null as varchar(64)) as order_status
    from sources
),

final as (
    select
        {{ surrogate_key('members.source_system', 'members.order_status') }} as order_status_key,
        members.source_system,
        members.order_status,
        cast(
            case
                when members.order_status is null then 'unknown'
                else coalesce(crosswalk.order_status_group, 'unmapped')
            end as varchar(64)
        ) as order_status_group,
        members.order_status is null as is_unknown
    from members
    left join crosswalk
        on
            members.source_system = crosswalk.source_system
            and lower(members.order_status) = crosswalk.source_code
)

select * from final
{{ kept_rows() }}
