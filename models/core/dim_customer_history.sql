-- Grain: one period in which what is known of one customer did not change, valid_to excluded.
{{ config(indexes=unique_index(['customer_key', 'valid_from'])) }}

with versions as (
    {{ union_versions('customers', ['customer_id']) }}
),

members as (
    select * from {{ ref('dim_customer') }}
),

-- Known by id alone, unknown, or of a source without a history: one version.
without_history as (
    select members.*
    from members
    left join versions
        on
            members.source_system = versions.source_system
            and members.customer_id = versions.customer_id
            and versions.is_current
    where versions.customer_id is null
),

final as (
    select
        {{ surrogate_key('source_system', 'customer_id') }} as customer_key,
        source_system,
        customer_id,
        valid_from,
        valid_to,
        is_current,
        joined_date,
        birth_year,
        region,
        segment,
        is_deleted,
        false as is_inferred,
        false as is_unknown,
        false as is_anonymous
    from versions
    union all
    select
        customer_key,
        source_system,
        customer_id,
        cast('1900-01-01' as date) as valid_from,
        cast('9999-12-31' as date) as valid_to,
        true as is_current,
        joined_date,
        birth_year,
        region,
        segment,
        false as is_deleted,
        is_inferred,
        is_unknown,
        is_anonymous
    from without_history
)

select * from final
{{ kept_rows() }}
