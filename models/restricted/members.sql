-- Grain: one member of the online shop, with name and spending. For readers of personal data only.
with members as (
    {%- if 'ecommerce' in var('source_systems') %}
    select
        'ecommerce' as source_system,
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

-- Should a member stand in the file twice, the last line holds.
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

orders as (
    select * from {{ ref('fct_orders') }}
),

spending as (
    select
        orders.customer_key,
        orders.currency_code,
        sum(case when orders.is_purchase then 1 else 0 end) as order_count,
        sum(orders.revenue_amount) as revenue_amount
    from orders
    group by orders.customer_key, orders.currency_code
),

final as (
    select
        cast(ranked.customer_key as bigint) as customer_key,
        cast(ranked.source_system as varchar(32)) as source_system,
        cast(ranked.customer_id as varchar(256)) as customer_id,
        cast(ranked.first_name as varchar(512)) as first_name,
        cast(ranked.last_name as varchar(512)) as last_name,
        cast(ranked.email as varchar(512)) as email,
        cast(ranked.birth_date as date) as birth_date,
        cast(ranked.mobile_no as varchar(64)) as mobile_no,
        cast(coalesce(spending.order_count, 0) as bigint) as order_count,
        cast(coalesce(spending.revenue_amount, 0) as numeric(18, 4)) as revenue_amount,
        cast(spending.currency_code as varchar(3)) as currency_code
    from ranked
    left join spending
        on ranked.customer_key = spending.customer_key
    where ranked.newest_first = 1
)

select * from final
