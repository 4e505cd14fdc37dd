-- Grain: one row of a sales file as the loader counted it.
-- Headers and items come in separate files: each row says what its transaction still waits for.
-- If a header is in a file twice, its last line counts. Applications have no amount.
with transactions as (
    select
        *,
        row_number() over (
            partition by load_id, order_id
            order by file_line desc
        ) as newest_first
    from {{ ref('stg_ecommerce__transactions') }}
),

items as (
    select * from {{ ref('stg_ecommerce__transaction_items') }}
),

headers as (
    select * from {{ ref('int_ecommerce__transaction_headers') }}
),

applications as (
    select * from {{ ref('int_ecommerce__membership_applications') }}
),

item_versions as (
    select * from {{ ref('int_ecommerce__item_versions') }}
),

with_items as (
    select order_id
    from items
    group by order_id
),

control_rows as (
    select
        cast('transactions' as varchar(128)) as table_name,
        cast('fct_orders' as varchar(128)) as reconciled_in,
        transactions.order_id,
        cast(transactions.ordered_at as date) as business_date,
        cast('SGD' as varchar(3)) as currency_code,
        transactions.stated_total_amount as control_amount,
        case when with_items.order_id is null then 'lines' end as missing_part,
        transactions.newest_first > 1 as is_superseded,
        transactions.load_id
    from transactions
    left join with_items
        on transactions.order_id = with_items.order_id
    union all
    select
        cast('transaction_items' as varchar(128)) as table_name,
        cast('fct_order_lines' as varchar(128)) as reconciled_in,
        items.order_id,
        cast(null as date) as business_date,
        cast(null as varchar(3)) as currency_code,
        cast(null as numeric(18, 4)) as control_amount,
        case
            when headers.order_id is null then 'header'
            when coalesce(items.given_unit_price, item_versions.list_price) is null then 'price'
        end as missing_part,
        false as is_superseded,
        items.load_id
    from items
    left join headers
        on items.order_id = headers.order_id
    left join item_versions
        on
            items.product_id = item_versions.product_id
            and headers.order_date >= item_versions.valid_from
            and headers.order_date < coalesce(item_versions.valid_to, cast('9999-12-31' as date))
    union all
    select
        cast('applications' as varchar(128)) as table_name,
        cast('fct_membership_applications' as varchar(128)) as reconciled_in,
        application_id as order_id,
        cast(null as date) as business_date,
        cast(null as varchar(3)) as currency_code,
        cast(null as numeric(18, 4)) as control_amount,
        cast(null as varchar(64)) as missing_part,
        false as is_superseded,
        load_id
    from applications
),

final as (
    select
        cast('ecommerce' as varchar(32)) as source_system,
        table_name,
        reconciled_in,
        order_id,
        business_date,
        currency_code,
        control_amount,
        missing_part,
        is_superseded,
        load_id
    from control_rows
)

select * from final
