-- Grain: one display and mailer of one product in one store in one week. A product may have several
-- in a week, so joining sales to this fact multiplies them.
{{
    config(
        materialized='incremental',
        indexes=unique_index(
            ['product_key', 'store_key', 'week_start_date', 'display', 'mailer']
        ) + index(['store_key']),
        meta={'takes_in': 'promotions'}
    )
}}

with promotions as (
    {{ union_sources('promotions', touched=true) }}
),

-- What several files, or one file twice, say alike is said once.
told_once as (
    select
        source_system,
        product_id,
        store_id,
        week_start_date,
        display,
        mailer,
        min(load_id) as load_id
    from promotions
    group by source_system, product_id, store_id, week_start_date, display, mailer
),

keyed as (
    select
        *,
        {{ surrogate_key('source_system', 'product_id') }} as product_key,
        {{ surrogate_key('source_system', 'store_id') }} as store_key
    from told_once
),

final as (
    select
        keyed.product_key,
        keyed.store_key,
        keyed.week_start_date,
        keyed.display,
        keyed.mailer,
        keyed.source_system,
        keyed.product_id,
        keyed.store_id,
        keyed.load_id
    from keyed
    {% if is_scoped() %}
    left join {{ this }} as taken
        on
            keyed.product_key = taken.product_key
            and keyed.store_key = taken.store_key
            and keyed.week_start_date = taken.week_start_date
            and keyed.display = taken.display
            and keyed.mailer = taken.mailer
    where taken.product_key is null
    {% endif %}
)

select * from final
{{ kept_rows() if not is_scoped() }}
