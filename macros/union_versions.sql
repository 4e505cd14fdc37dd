{#
    The versions of an entity's members from every source that keeps a snapshot of it and is not
    held back; a typed select without rows when none does. Columns: see snapshot_versions.sql.
    Arguments: entity, a name of input_shape(); id, the columns that tell members apart.
    Example: with versions as ({{ union_versions('products', ['product_id']) }})
#}
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
