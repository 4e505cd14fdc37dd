with load_history as (
    select * from {{ ref('load_history') }}
),

rejected_rows as (
    select
        load_id,
        count(*) as row_count
    from {{ ref('rejected_rows') }}
    group by load_id
)

select
    load_history.file_name,
    load_history.load_id,
    load_history.rows_in_file,
    load_history.rows_loaded,
    load_history.rows_rejected,
    coalesce(rejected_rows.row_count, 0) as rejected_rows_with_reason
from load_history
left join rejected_rows
    on load_history.load_id = rejected_rows.load_id
where
    load_history.rows_in_file <> load_history.rows_loaded + load_history.rows_rejected
    or (load_history.is_live and load_history.rows_rejected <> coalesce(rejected_rows.row_count, 0))
