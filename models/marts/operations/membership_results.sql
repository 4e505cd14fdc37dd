-- Grain: one application for membership of one source.
{{ config(indexes=unique_index(['application_key'])) }}

with applications as (
    select * from {{ ref('fct_membership_applications') }}
),

final as (
    select
        source_system,
        application_key,
        application_id,
        applied_at,
        is_successful,
        has_valid_mobile,
        has_valid_age,
        has_valid_email,
        has_valid_name,
        cast(
            case when not has_valid_mobile then 1 else 0 end
            + case when not has_valid_age then 1 else 0 end
            + case when not has_valid_email then 1 else 0 end
            + case when not has_valid_name then 1 else 0 end as integer
        ) as failed_check_count,
        failed_reasons
    from applications
)

select * from final
