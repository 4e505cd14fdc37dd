-- Grain: one period in which what is known of one product did not change, valid_to excluded.
{{ config(indexes=unique_index(['product_key', 'valid_from'])) }}

with versions as (
    {{ union_versions('products', ['product_id']) }}
),

members as (
    select * from {{ ref('dim_product') }}
),

-- Known by id alone, unknown, or of a source without a history: one version.
without_history as (
    select members.*
    from members
    left join versions
        on
            members.source_system = versions.source_system
            and members.product_id = versions.product_id
            and versions.is_current
    where versions.product_id is null
),

final as (
    select
        {{ surrogate_key('source_system', 'product_id') }} as product_key,
        source_system,
        product_id,
        valid_from,
        valid_to,
        is_current,
        product_name,
        brand,
        manufacturer,
        department,
        category,
        subcategory,
        size,
        list_price,
        unit_cost,
        weight_kg,
        supplier_id,
        is_deleted,
        false as is_inferred,
        false as is_unknown
    from versions
    union all
    select
        product_key,
        source_system,
        product_id,
        cast('1900-01-01' as date) as valid_from,
        cast('9999-12-31' as date) as valid_to,
        true as is_current,
        product_name,
        brand,
        manufacturer,
        department,
        category,
        subcategory,
        size,
        list_price,
        unit_cost,
        weight_kg,
        supplier_id,
        false as is_deleted,
        is_inferred,
        is_unknown
    from without_history
)

select * from final
{{ kept_rows() }}
