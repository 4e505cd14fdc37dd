{#
    The versions of an entity's members from every source that keeps a snapshot of it; a typed
    select without rows when none does. Columns: see snapshot_versions.sql.
    Arguments: entity, a name of input_shape(); id, the columns that tell members apart.
    Example: with versions as ({{ union_versions('products', ['product_id']) }})
#}
{% macro union_versions(entity, id) %}
    {%- set shape = input_shape(entity) -%}
    {%- set sources = entity_sources(entity ~ '_snapshots') -%}
    {%- for source_system in sources %}
    {{ snapshot_versions(source_system, entity, id) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
    {%- if not sources %}
    select
        {%- for column, data_type in shape.items() if column != 'load_id' %}
        cast(null as {{ data_type }}) as {{ column }},
        {%- endfor %}
        cast(null as bigint) as load_id,
        cast(null as date) as valid_from,
        cast(null as date) as valid_to,
        cast(null as boolean) as is_current,
        cast(null as boolean) as is_deleted
    where 1 = 0
    {%- endif %}
{% endmacro %}
