-- Grain: one product at one location of one source, as the newest stock list has it. Quantities add
-- up over locations, not over time.
{{ config(indexes=unique_index(['product_key', 'location'])) }}

with inventory as (
    {{ union_sources('inventory') }}
),

final as (
    select
        {{ surrogate_key('source_system', 'product_id') }} as product_key,
        location,
        source_system,
        product_id,
        quantity,
        load_id
    from inventory
)

select * from final
{{ kept_rows() }}
