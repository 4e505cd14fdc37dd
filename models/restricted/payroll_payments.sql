-- One row per payment to an employee. For readers of personal data only.
with paid as (
    {%- if 'electronics' in var('source_systems') %}
    select
        cast('electronics' as varchar(32)) as source_system,
        id as payment_id,
        id_employee as employee_id,
        amount as cents,
        cast('USD' as varchar(3)) as currency_code,
        load_id,
        file_line
    from {{ source('electronics', 'payroll') }}
    union all
    {%- endif %}
    {{- empty_select({
        'source_system': 'varchar(32)', 'payment_id': 'varchar(256)',
        'employee_id': 'varchar(256)', 'cents': 'bigint', 'currency_code': 'varchar(3)',
        'load_id': 'bigint', 'file_line': 'bigint',
    }) }}
),

-- If a payment is in the file twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by source_system, payment_id
            order by load_id desc, file_line desc
        ) as newest_first
    from paid
),

final as (
    select
        cast({{ surrogate_key('source_system', 'payment_id') }} as bigint) as payment_key,
        cast(source_system as varchar(32)) as source_system,
        cast(payment_id as varchar(256)) as payment_id,
        cast({{ surrogate_key('source_system', 'employee_id') }} as bigint) as employee_key,
        cast(employee_id as varchar(256)) as employee_id,
        cast(cents / 100.0 as numeric(18, 4)) as paid_amount,
        cast(currency_code as varchar(3)) as currency_code
    from ranked
    where newest_first = 1
)

select * from final
