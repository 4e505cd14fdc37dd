-- Grain: one member of the online shop, with name and spending; also one whom no file of members
-- names. For readers of personal data only.
{{ config(meta={'only_from': ['ecommerce']}) }}

with members as (
    {%- if 'ecommerce' in var('source_systems') %}
    select
        cast('ecommerce' as varchar(32)) as source_system,
        membership_id as customer_id,
        first_name,
        last_name,
        email,
        date_of_birth as birth_date,
        mobile_no,
        load_id,
        file_line
    from {{ source('ecommerce', 'members') }}
    {%- else %}
    {{- empty_select({
        'source_system': 'varchar(32)', 'customer_id': 'varchar(256)',
        'first_name': 'varchar(512)', 'last_name': 'varchar(512)', 'email': 'varchar(512)',
        'birth_date': 'date', 'mobile_no': 'varchar(64)', 'load_id': 'bigint',
        'file_line': 'bigint',
    }) }}
    {%- endif %}
),

-- If a member is in the file twice, its last line counts.
ranked as (
    select
        *,
        {{ surrogate_key('source_system', 'customer_id') }} as customer_key,
        row_number() over (
            partition by source_system, customer_id
            order by load_id desc, file_line desc
        ) as newest_first
    from members
),

newest as (
    select * from ranked
    where newest_first = 1
),

orders as (
    select * from {{ ref('fct_orders') }}
    where
        source_system = 'ecommerce'
        and customer_id is not null
),

spending as (
    select
        orders.source_system,
        orders.customer_id,
        orders.customer_key,
        orders.currency_code,
        sum(case when orders.is_purchase then 1 else 0 end) as order_count,
        sum(orders.revenue_amount) as revenue_amount
    from orders
    group by orders.source_system, orders.customer_id, orders.customer_key, orders.currency_code
),

final as (
    select
        cast(coalesce(newest.customer_key, spending.customer_key) as bigint) as customer_key,
        cast(coalesce(newest.source_system, spending.source_system) as varchar(32))
            as source_system,
        cast(coalesce(newest.customer_id, spending.customer_id) as varchar(256)) as customer_id,
        cast(newest.customer_key is null as boolean) as is_inferred,
        cast(newest.first_name as varchar(512)) as first_name,
        cast(newest.last_name as varchar(512)) as last_name,
        cast(newest.email as varchar(512)) as email,
        cast(newest.birth_date as date) as birth_date,
        cast(newest.mobile_no as varchar(64)) as mobile_no,
        cast(coalesce(spending.order_count, 0) as bigint) as order_count,
        cast(coalesce(spending.revenue_amount, 0) as numeric(18, 4)) as revenue_amount,
        cast(spending.currency_code as varchar(3)) as currency_code
    from newest
    full outer join spending
        on newest.customer_key = spending.customer_key
)

select * from final
