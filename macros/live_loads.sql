{#
    SQL selecting load_id and source_system of the loads whose rows count: live, and of a source
    that is on.
#}
{% macro live_loads() %}
    select load_id, source_system
    from {{ ops_table('load_files') }}
    where
        is_live
        and source_system in ('{{ var("source_systems") | join("', '") }}')
{% endmacro %}
