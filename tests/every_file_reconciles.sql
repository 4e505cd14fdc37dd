select
    source_system,
    table_name,
    file_name,
    load_id,
    business_date,
    currency_code,
    control_row_count,
    staged_row_count,
    fact_row_count,
    row_count_difference,
    control_amount,
    staged_amount,
    fact_amount,
    difference
from {{ ref('load_reconciliation') }}
where
    difference <> 0
    or row_count_difference <> 0
    or staged_amount <> control_amount
    or staged_row_count <> control_row_count
