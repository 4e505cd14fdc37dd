-- Grain: one rejected line of one live load, with its first fault.
with rejected_rows as (
    select * from {{ ref('stg_ops__rejected_rows') }}
),

load_files as (
    select * from {{ ref('stg_ops__load_files') }}
    where
        is_live
        and {{ is_source_on('source_system') }}
),

final as (
    select
        rejected_rows.load_id,
        rejected_rows.line_number,
        load_files.source_system,
        load_files.table_name,
        load_files.file_name,
        rejected_rows.column_name,
        rejected_rows.reason,
        rejected_rows.value as rejected_value
    from rejected_rows
    inner join load_files
        on rejected_rows.load_id = load_files.load_id
)

select * from final
