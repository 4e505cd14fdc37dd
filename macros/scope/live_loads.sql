{% macro live_loads(entity) %}
    select load_id, source_system
    from {{ ops_table('load_files') }}
    where
        is_live
        and source_system || '.' || table_name in (
            '{{ raw_tables_behind(entity) | join("', '") }}'
        )
    {%- if held_sources() %}
        {{ is_not_held('source_system') }}
    union all
    select load_id, source_system
    from {{ ops_table('load_files') }}
    where
        {{ is_held('source_system') }}
        and load_id in (
            select load_id from {{ ops_table('fact_loads') }}
            where fact_name = '{{ this.identifier }}'
        )
    {%- endif %}
{% endmacro %}
