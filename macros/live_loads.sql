{#
    SQL selecting load_id and source_system of the loads that count for an entity: live, of a source
    that is on, and of a raw table that the entity is made from. So a master that is replaced makes
    no fact look for rows that it never had.
    Arguments: entity, a name of input_shape().
    Example: select load_id from ({{ live_loads('order_loads') }}) as live
#}
{% macro live_loads(entity) %}
    select load_id, source_system
    from {{ ops_table('load_files') }}
    where
        is_live
        and source_system || '.' || table_name in (
            '{{ raw_tables_behind(entity) | join("', '") }}'
        )
{% endmacro %}
