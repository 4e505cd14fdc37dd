-- Grain: one order of one source whose header or lines have not arrived, per table that holds its
-- other part. Amounts add up only within one currency.
with control_rows as (
    select * from {{ ref('fct_control_rows') }}
    where missing_part is not null
),

load_files as (
    select * from {{ ref('stg_ops__load_files') }}
),

waiting_orders as (
    select
        source_system,
        table_name,
        order_id,
        missing_part,
        min(business_date) as business_date,
        max(currency_code) as currency_code,
        count(*) as row_count,
        sum(control_amount) as control_amount,
        min(load_id) as first_load_id
    from control_rows
    group by source_system, table_name, order_id, missing_part
),

final as (
    select
        waiting_orders.source_system,
        waiting_orders.table_name,
        waiting_orders.order_id,
        waiting_orders.missing_part,
        waiting_orders.business_date,
        waiting_orders.currency_code,
        cast(waiting_orders.row_count as bigint) as row_count,
        cast(waiting_orders.control_amount as numeric(18, 4)) as control_amount,
        waiting_orders.first_load_id,
        load_files.file_name as first_file_name,
        load_files.finished_at as first_arrived_at
    from waiting_orders
    inner join load_files
        on waiting_orders.first_load_id = load_files.load_id
)

select * from final
{{ kept_rows() }}
