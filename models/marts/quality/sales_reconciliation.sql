-- Grain: one business day of one sales table of one source in one currency.
with load_reconciliation as (
    select * from {{ ref('load_reconciliation') }}
),

summed as (
    select
        source_system,
        table_name,
        business_date,
        currency_code,
        sum(control_row_count) as control_row_count,
        sum(staged_row_count) as staged_row_count,
        sum(superseded_row_count) as superseded_row_count,
        sum(waiting_row_count) as waiting_row_count,
        sum(redated_row_count) as redated_row_count,
        sum(fact_row_count) as fact_row_count,
        sum(row_count_difference) as row_count_difference,
        sum(control_amount) as control_amount,
        sum(staged_amount) as staged_amount,
        sum(superseded_amount) as superseded_amount,
        sum(waiting_amount) as waiting_amount,
        sum(redated_amount) as redated_amount,
        sum(fact_amount) as fact_amount,
        sum(difference) as difference
    from load_reconciliation
    group by source_system, table_name, business_date, currency_code
),

final as (
    select
        source_system,
        table_name,
        business_date,
        currency_code,
        cast(control_row_count as bigint) as control_row_count,
        cast(staged_row_count as bigint) as staged_row_count,
        cast(superseded_row_count as bigint) as superseded_row_count,
        cast(waiting_row_count as bigint) as waiting_row_count,
        cast(redated_row_count as bigint) as redated_row_count,
        cast(fact_row_count as bigint) as fact_row_count,
        cast(row_count_difference as bigint) as row_count_difference,
        cast(control_amount as numeric(18, 4)) as control_amount,
        cast(staged_amount as numeric(18, 4)) as staged_amount,
        cast(superseded_amount as numeric(18, 4)) as superseded_amount,
        cast(waiting_amount as numeric(18, 4)) as waiting_amount,
        cast(redated_amount as numeric(18, 4)) as redated_amount,
        cast(fact_amount as numeric(18, 4)) as fact_amount,
        cast(difference as numeric(18, 4)) as difference
    from summed
)

select * from final
