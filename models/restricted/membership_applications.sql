-- Grain: one application for membership, with what the applicant filled in, the checks and their
-- result. The checks need personal data, so they are made here; what is not personal is read from
-- here by int_ecommerce__membership_applications.
-- An application whose personal data were erased keeps the result it had.
{%- set checks = [
    'is_successful', 'has_valid_mobile', 'has_valid_age', 'has_valid_email', 'has_valid_name',
    'failed_reasons'
] %}
{%- set has_source = 'ecommerce' in var('source_systems') %}

with applications as (
    {%- if has_source %}
    select
        load_id,
        file_line,
        applied_at,
        application_token,
        name,
        email,
        date_of_birth,
        mobile_no
    from {{ source('ecommerce', 'applications') }}
    {%- elif has_earlier_rows() %}
    -- The source is off: what it said of people goes, the checks wait for it to come back.
    select
        load_id,
        file_line,
        applied_at,
        cast(null as varchar(64)) as application_token,
        cast(null as varchar(512)) as name,
        cast(null as varchar(512)) as email,
        cast(null as varchar(512)) as date_of_birth,
        cast(null as varchar(512)) as mobile_no
    from {{ this }}
    {%- else %}
    {{- empty_select({
        'load_id': 'bigint', 'file_line': 'bigint', 'applied_at': 'timestamp',
        'application_token': 'varchar(64)', 'name': 'varchar(512)', 'email': 'varchar(512)',
        'date_of_birth': 'varchar(512)', 'mobile_no': 'varchar(512)',
    }) }}
    {%- endif %}
),

checked_before as (
    {%- if has_earlier_rows() %}
    select
        load_id,
        file_line,
        application_id,
        {{ checks | join(',\n        ') }}
    from {{ this }}
    {%- else %}
    {{- empty_select({
        'load_id': 'bigint', 'file_line': 'bigint', 'application_id': 'varchar(256)',
        'is_successful': 'boolean', 'has_valid_mobile': 'boolean', 'has_valid_age': 'boolean',
        'has_valid_email': 'boolean', 'has_valid_name': 'boolean',
        'failed_reasons': 'varchar(256)',
    }) }}
    {%- endif %}
),

with_earlier_checks as (
    select
        applications.load_id,
        applications.file_line,
        applications.applied_at,
        -- An application is known by the token of its content; once that is erased, by the token in
        -- the id it had.
        coalesce(
            applications.application_token,
            split_part(checked_before.application_id, '-', 1),
            'erased ' || cast(applications.load_id as varchar(20))
            || '/' || cast(applications.file_line as varchar(20))
        ) as token,
        trim(applications.email) as email,
        trim(applications.date_of_birth) as date_of_birth,
        applications.mobile_no,
        nullif({{ name_without_titles('applications.name') }}, '') as full_name,
        {%- for check in checks %}
        checked_before.{{ check }} as {{ check }}_before,
        {%- endfor %}
        applications.name is null
        and applications.email is null
        and applications.date_of_birth is null
        and applications.mobile_no is null
        and (applications.application_token is null or checked_before.load_id is not null)
            as is_erased
    from applications
    left join checked_before
        on
            applications.load_id = checked_before.load_id
            and applications.file_line = checked_before.file_line
),

split as (
    select
        *,
        regexp_replace(full_name, '^.* ', '') as last_name,
        {{ date_parts_of_text('date_of_birth') }},
        -- The same content may be handed in twice: each is an application of its own, wherever the
        -- files lie.
        row_number() over (
            partition by token
            order by coalesce(applied_at, cast('9999-12-31' as timestamp)), load_id, file_line
        ) as repetition
    from with_earlier_checks
),

dated as (
    select
        *,
        {{ calendar_date() }} as birth_date
    from split
),

checked as (
    select
        *,
        coalesce(mobile_no ~ '^[0-9]{8}$', false) as has_mobile,
        -- Over 18 on 1 January 2022: who turns 18 on that day is not.
        coalesce(birth_date < cast('2004-01-01' as date), false) as has_age,
        coalesce(
            {%- for ending in var('membership_email_endings') %}
            right(lower(email), {{ ending | length }})
            = '{{ ending | lower | replace("'", "''") }}'
            or
            {%- endfor %}
            false,
            false
        ) as has_email,
        full_name is not null as has_name
    from dated
),

judged as (
    select
        *,
        has_mobile and has_age and has_email and has_name as is_accepted,
        nullif(
            -- Each reason begins with what parts it from the one before.
            substring(
                case when not has_mobile then ', mobile number is not 8 digits' else '' end
                || case
                    when has_age then ''
                    when date_of_birth is null then ', no date of birth'
                    when birth_date is null then ', no such date of birth'
                    else ', not over 18'
                end
                || case when not has_email then ', e-mail ending is not permitted' else '' end
                || case when not has_name then ', no name' else '' end,
                3
            ),
            ''
        ) as reasons
    from checked
),

identified as (
    select
        *,
        cast('ecommerce' as varchar(32)) as source_system,
        token
        || case when repetition > 1 then '-' || cast(repetition as varchar(20)) else '' end
            as application_id,
        case when is_erased then is_successful_before else is_accepted end as is_successful,
        case when is_erased then has_valid_mobile_before else has_mobile end as has_valid_mobile,
        case when is_erased then has_valid_age_before else has_age end as has_valid_age,
        case when is_erased then has_valid_email_before else has_email end as has_valid_email,
        case when is_erased then has_valid_name_before else has_name end as has_valid_name,
        case when is_erased then failed_reasons_before else reasons end as failed_reasons
    from judged
),

final as (
    select
        {{ surrogate_key('source_system', 'application_id') }} as application_key,
        cast(source_system as varchar(32)) as source_system,
        cast(application_id as varchar(256)) as application_id,
        cast(
            nullif(
                substring(
                    full_name, 1, greatest(length(full_name) - length(last_name) - 1, 0)
                ),
                ''
            ) as varchar(65535)
        ) as first_name,
        cast(last_name as varchar(65535)) as last_name,
        cast(email as varchar(65535)) as email,
        cast(birth_date as date) as birth_date,
        cast(mobile_no as varchar(65535)) as mobile_no,
        cast(
            case
                when is_accepted
                    then
                        last_name || '_' || substring(
                            {{ sha256_hex("to_char(birth_date, 'YYYYMMDD')") }}, 1, 5
                        )
            end as varchar(65535)
        ) as membership_id,
        applied_at,
        cast(is_successful as boolean) as is_successful,
        cast(has_valid_mobile as boolean) as has_valid_mobile,
        cast(has_valid_age as boolean) as has_valid_age,
        cast(has_valid_email as boolean) as has_valid_email,
        cast(has_valid_name as boolean) as has_valid_name,
        cast(failed_reasons as varchar(256)) as failed_reasons,
        load_id,
        file_line
    from identified
)

select * from final
