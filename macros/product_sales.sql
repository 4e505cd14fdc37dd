{#
    Sums over the revenue lines of each product. One sort serves all of them: of a customer's lines
    of a product the first counts the customer, the first of each order the order. Two
    count(distinct) would sort once more, and once more within every product.
    Arguments: keys, the columns of fct_order_lines to group by, currency_code among them.
    Columns: the keys, quantity, net_amount, net_reporting_amount (null where a rate is missing),
    orders, customers (identified ones).
    Example: product_sales as ({{ product_sales(['product_key', 'currency_code']) }})
#}
{% macro product_sales(keys) %}
    {%- set window -%}
        partition by lines.{{ keys | join(', lines.') }}, lines.customer_key
        order by lines.order_key
    {%- endset %}
    with unidentified_customers as (
        select customer_key
        from {{ ref('dim_customer') }}
        where customer_id is null
    ),

    -- Only what is really converted is looked up for each line.
    foreign_days as (
        select
            currency_code,
            order_date
        from {{ ref('sales_daily') }}
        where currency_code <> {{ reporting_currency() }}
    ),

    factors as (
        {{ reporting_factors('foreign_days') }}
    ),

    revenue_lines as (
        select
            lines.{{ keys | join(', lines.') }},
            lines.order_key,
            lines.quantity,
            lines.net_amount,
            lines.net_amount * factors.reporting_factor as net_reporting_amount,
            unidentified_customers.customer_key is null as is_identified,
            lag(lines.order_key) over ({{ window }}) as previous_order_key
        from {{ ref('fct_order_lines') }} as lines
        left join unidentified_customers
            on lines.customer_key = unidentified_customers.customer_key
        left join factors
            on
                lines.currency_code = factors.currency_code
                and lines.order_date = factors.order_date
        where lines.is_revenue
    )

    select
        {{ keys | join(', ') }},
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        case
            when currency_code = {{ reporting_currency() }} then sum(net_amount)
            else {{ sum_if_all_known('net_reporting_amount') }}
        end as net_reporting_amount,
        sum(case when order_key = previous_order_key then 0 else 1 end) as orders,
        sum(case when previous_order_key is null and is_identified then 1 else 0 end) as customers
    from revenue_lines
    group by {{ keys | join(', ') }}
{% endmacro %}
