with source as (
    select * from {{ source('ml', 'feature_importance') }}
),

renamed as (
    select
        run_id,
        feature_name,
        importance,
        importance_deviation,
        importance_rank,
        is_personal
    from source
)

select * from renamed
