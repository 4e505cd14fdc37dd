-- Grain: one way of paying, the same for all sources.
{{ config(indexes=unique_index(['payment_method_key'])) }}

with crosswalk as (
    select * from {{ ref('xwalk_payment_methods') }}
),

sources as (
    {{ rows_of_sources('orders') }}
),

members as (
    select crosswalk.payment_method
    from crosswalk
    inner join sources on crosswalk.source_system = sources.source_system
    union
    select 'unknown' as payment_method
    union
    select 'unmapped' as payment_method
),

final as (
    select
        {{ hash_key("'payment_method=' || payment_method") }} as payment_method_key,
        cast(payment_method as varchar(64)) as payment_method,
        payment_method = 'unknown' as is_unknown,
        payment_method = 'unmapped' as is_unmapped
    from members
)

select * from final
