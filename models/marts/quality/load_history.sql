-- Grain: one accepted file. Row counts of a load that is not live no longer count anywhere else.
with load_files as (
    select * from {{ ref('stg_ops__load_files') }}
    where {{ is_source_on('source_system') }}
),

load_totals as (
    select * from {{ ref('stg_ops__load_totals') }}
),

dates_of_loads as (
    select
        load_id,
        min(business_date) as first_business_date,
        max(business_date) as last_business_date
    from load_totals
    group by load_id
),

-- The last day that the table had reached before the file came.
reached_dates as (
    select
        load_files.load_id,
        dates_of_loads.first_business_date,
        dates_of_loads.last_business_date,
        max(dates_of_loads.last_business_date) over (
            partition by load_files.source_system, load_files.table_name
            order by load_files.load_id
            rows between unbounded preceding and 1 preceding
        ) as reached_date
    from load_files
    left join dates_of_loads
        on load_files.load_id = dates_of_loads.load_id
),

late_rows as (
    select
        load_totals.load_id,
        sum(load_totals.row_count) as late_row_count
    from load_totals
    inner join reached_dates
        on load_totals.load_id = reached_dates.load_id
    where load_totals.business_date < reached_dates.reached_date
    group by load_totals.load_id
),

final as (
    select
        load_files.load_id,
        load_files.source_system,
        load_files.table_name,
        load_files.file_name,
        load_files.sha256,
        load_files.file_bytes,
        load_files.rows_in_file,
        load_files.rows_loaded,
        load_files.rows_rejected,
        cast(coalesce(late_rows.late_row_count, 0) as bigint) as late_row_count,
        reached_dates.first_business_date,
        reached_dates.last_business_date,
        load_files.as_of_date,
        load_files.status,
        load_files.is_live,
        load_files.superseded_by_load_id,
        load_files.started_at,
        load_files.finished_at,
        load_files.superseded_at
    from load_files
    inner join reached_dates
        on load_files.load_id = reached_dates.load_id
    left join late_rows
        on load_files.load_id = late_rows.load_id
)

select * from final
