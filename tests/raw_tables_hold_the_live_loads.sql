{#- The tables come from the source definitions, so a new source needs no word here. -#}
with live_loads as (
    select * from {{ ref('load_history') }}
    where is_live
),

raw_counts as (
    {%- for table in loader_tables() %}
    select
        cast('{{ table.source_system }}' as varchar(32)) as source_system,
        cast('{{ table.name }}' as varchar(128)) as table_name,
        load_id,
        count(*) as row_count
    from {{ table.relation }}
    group by load_id
    union all
    {%- endfor %}
    select
        cast(null as varchar(32)) as source_system,
        cast(null as varchar(128)) as table_name,
        cast(null as bigint) as load_id,
        cast(null as bigint) as row_count
    where 1 = 0
),

compared as (
    select
        coalesce(live_loads.source_system, raw_counts.source_system) as source_system,
        coalesce(live_loads.table_name, raw_counts.table_name) as table_name,
        live_loads.file_name,
        coalesce(live_loads.load_id, raw_counts.load_id) as load_id,
        coalesce(live_loads.rows_loaded, 0) as rows_loaded,
        coalesce(raw_counts.row_count, 0) as rows_in_raw_table
    from live_loads
    full outer join raw_counts
        on
            live_loads.source_system = raw_counts.source_system
            and live_loads.table_name = raw_counts.table_name
            and live_loads.load_id = raw_counts.load_id
)

select * from compared
where rows_loaded <> rows_in_raw_table
