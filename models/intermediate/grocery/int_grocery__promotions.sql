-- Grain: one row of the files: a product in a store in a week.
-- Holds a row as often as the files do; fct_promotions_weekly keeps one of each.
with promotions as (
    select * from {{ ref('stg_grocery__promotions') }}
),

final as (
    select
        cast('grocery' as varchar(32)) as source_system,
        product_id,
        store_id,
        week_start_date,
        coalesce(display, 'unknown') as display,
        coalesce(mailer, 'unknown') as mailer,
        load_id
    from promotions
)

select * from final
