with source as (
    select * from {{ source('ops', 'load_files') }}
),

renamed as (
    select
        load_id,
        source_system,
        table_name,
        file_name,
        sha256,
        file_bytes,
        rows_in_file,
        rows_loaded,
        rows_rejected,
        as_of_date,
        status,
        is_live,
        superseded_by_load_id,
        order_again,
        file_order,
        time_zone,
        started_at,
        finished_at,
        superseded_at
    from source
)

select * from renamed
