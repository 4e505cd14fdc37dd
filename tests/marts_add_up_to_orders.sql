with revenue as (
    select
        cast('fct_orders' as varchar(128)) as model_name,
        source_system,
        currency_code,
        sum(revenue_amount) as amount
    from {{ ref('fct_orders') }}
    group by source_system, currency_code
    union all
    select
        cast('customer_days' as varchar(128)) as model_name,
        source_system,
        currency_code,
        sum(revenue_amount) as amount
    from {{ ref('customer_days') }}
    group by source_system, currency_code
    {%- for mart in [
        'sales_daily', 'branch_performance', 'branch_product_performance', 'product_performance'
    ] %}
    union all
    select
        cast('{{ mart }}' as varchar(128)) as model_name,
        source_system,
        currency_code,
        sum(net_amount) as amount
    from {{ ref(mart) }}
    group by source_system, currency_code
    {%- endfor %}
),

expected as (
    select
        source_system,
        currency_code,
        max(case when model_name = 'fct_orders' then amount end) as amount,
        count(*) as model_count
    from revenue
    group by source_system, currency_code
)

select
    revenue.model_name,
    revenue.source_system,
    revenue.currency_code,
    revenue.amount,
    expected.amount as amount_of_orders,
    expected.model_count
from revenue
inner join expected
    on
        revenue.source_system = expected.source_system
        and revenue.currency_code = expected.currency_code
where
    coalesce(revenue.amount <> expected.amount, true)
    or expected.model_count <> 6
