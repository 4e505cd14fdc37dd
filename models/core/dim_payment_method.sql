-- Grain: one way of paying in the words of one source, and each source's unknown one.
{{ config(indexes=unique_index(['payment_method_key'])) }}

with orders as (
    select * from {{ ref('fct_orders') }}
),

crosswalk as (
    select * from {{ ref('xwalk_payment_methods') }}
),

sources as (
    {{ rows_of_sources('orders') }}
),

members as (
    select
        source_system,
        payment_method_code
    from orders
    union
    select
        source_system,
        cast(null as varchar(64)) as payment_method_code
    from sources
),

final as (
    select
        {{ surrogate_key('members.source_system', 'members.payment_method_code') }}
            as payment_method_key,
        members.source_system,
        members.payment_method_code,
        cast(
            case
                when members.payment_method_code is null then 'unknown'
                else coalesce(crosswalk.payment_method, 'unmapped')
            end as varchar(64)
        ) as payment_method,
        members.payment_method_code is null as is_unknown,
        members.payment_method_code is not null and crosswalk.payment_method is null as is_unmapped
    from members
    left join crosswalk
        on
            members.source_system = crosswalk.source_system
            and members.payment_method_code = crosswalk.source_code
)

select * from final
{{ kept_rows() }}
