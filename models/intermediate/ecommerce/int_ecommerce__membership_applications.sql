-- Grain: one application for membership.
-- The checks need what the applicant filled in, so they are made in schema restricted; only their
-- results come here.
with applications as (
    select
        source_system,
        application_id,
        applied_at,
        is_successful,
        has_valid_mobile,
        has_valid_age,
        has_valid_email,
        has_valid_name,
        failed_reasons,
        load_id
    from {{ ref('membership_applications') }}
),

final as (
    select * from applications
)

select * from final
