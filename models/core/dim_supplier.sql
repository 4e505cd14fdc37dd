-- Grain: one supplier of one source, and each source's unknown supplier.
{{ config(indexes=unique_index(['supplier_key'])) }}

with suppliers as (
    {{ union_sources('suppliers') }}
),

sources as (
    {{ rows_of_sources('orders') }}
),

members as (
    select
        source_system,
        supplier_id
    from suppliers
    union
    {{ seen_ids(ref('fct_order_lines'), 'supplier_key', 'supplier_id') }}
    union
    select
        source_system,
        supplier_id
    from {{ ref('dim_product') }}
    group by source_system, supplier_id
    union
    select
        source_system,
        cast(null as varchar(256)) as supplier_id
    from sources
),

final as (
    select
        {{ surrogate_key('members.source_system', 'members.supplier_id') }} as supplier_key,
        members.source_system,
        members.supplier_id,
        suppliers.supplier_name,
        members.supplier_id is not null and suppliers.supplier_id is null as is_inferred,
        members.supplier_id is null as is_unknown
    from members
    left join suppliers
        on
            members.source_system = suppliers.source_system
            and members.supplier_id = suppliers.supplier_id
)

select * from final
{{ kept_rows() }}
