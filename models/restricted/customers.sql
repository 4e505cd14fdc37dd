-- One row per customer of a source's master, with the name. For readers of personal data only.
with named as (
    {%- if 'electronics' in var('source_systems') %}
    select
        cast('electronics' as varchar(32)) as source_system,
        id as customer_id,
        name as customer_name,
        email,
        phone,
        load_id,
        file_line
    from {{ source('electronics', 'customer') }}
    union all
    {%- endif %}
    {{- empty_select({
        'source_system': 'varchar(32)', 'customer_id': 'varchar(256)',
        'customer_name': 'varchar(512)', 'email': 'varchar(512)', 'phone': 'varchar(64)',
        'load_id': 'bigint', 'file_line': 'bigint',
    }) }}
),

-- If a customer is in the file twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by source_system, customer_id
            order by load_id desc, file_line desc
        ) as newest_first
    from named
),

final as (
    select
        cast({{ surrogate_key('source_system', 'customer_id') }} as bigint) as customer_key,
        cast(source_system as varchar(32)) as source_system,
        cast(customer_id as varchar(256)) as customer_id,
        cast(customer_name as varchar(512)) as customer_name,
        cast(email as varchar(512)) as email,
        cast(phone as varchar(64)) as phone
    from ranked
    where newest_first = 1
)

select * from final
