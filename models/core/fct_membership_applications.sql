-- Grain: one application for membership of one source.
{{ config(indexes=unique_index(['application_key'])) }}

with applications as (
    {{ union_sources('membership_applications') }}
),

final as (
    select
        {{ surrogate_key('source_system', 'application_id') }} as application_key,
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
    from applications
)

select * from final
{{ kept_rows() }}
