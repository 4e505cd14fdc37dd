with load_history as (
    select * from {{ ref('load_history') }}
),

rejected_rows as (
    select
        load_id,
        count(*) as row_count
    from {{ ref('rejected_rows') }}
    group by load_id
),

-- Rejected rows that were deleted when they were past their age.
purged_rows as (
    select
        load_id,
        sum(row_count) as row_count
    from {{ ref('stg_ops__erasures') }}
    where reason = 'rejects'
    group by load_id
),

counted as (
    select
        load_history.file_name,
        load_history.load_id,
        load_history.rows_in_file,
        load_history.rows_loaded,
        load_history.rows_rejected,
        load_history.is_live,
        coalesce(rejected_rows.row_count, 0) as rejected_rows_with_reason,
        coalesce(purged_rows.row_count, 0) as rejected_rows_purged
    from load_history
    left join rejected_rows
        on load_history.load_id = rejected_rows.load_id
    left join purged_rows
        on load_history.load_id = purged_rows.load_id
)

-- A mart that is older than the last purge may have rows that were purged since.
select * from counted
where
    rows_in_file <> rows_loaded + rows_rejected
    or (
        is_live
        and rows_rejected <> rejected_rows_with_reason + rejected_rows_purged
        and rows_rejected <> rejected_rows_with_reason
    )
