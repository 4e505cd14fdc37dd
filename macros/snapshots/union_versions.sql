{% macro union_versions(entity, id) %}
    {%- set sources = entity_sources(entity ~ '_snapshots')
        | reject('in', held_sources()) | list -%}
    {%- for source_system in sources %}
    {{ snapshot_versions(source_system, entity, id) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
    {%- if not sources %}
    {{- no_versions_of(entity) }}
    {%- endif %}
{% endmacro %}
