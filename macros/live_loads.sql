{#
    SQL selecting load_id and source_system of the loads that count for an entity: live, of a source
    that is on, and of a raw table that the entity is made from. So a master that is replaced makes
    no fact look for rows that it never had. Of a source that is held back those count that the fact
    has taken in: none is new to it, and none withdrawn.
    Arguments: entity, a name of input_shape(). For hooks of the fact (`this`).
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
