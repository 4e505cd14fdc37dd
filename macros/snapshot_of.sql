{#
    The body of a snapshot: a source's rows of an entity as core would get them, the load they stand
    for and when a build saw them. The order in which versions were seen decides when files come
    with business dates out of order (see snapshot_versions.sql).
    Arguments: source_system; entity, a name of input_shape().
    The snapshot's config names its raw tables: meta: {tables: [product]}.
    Example: {% snapshot grocery__products %} {{ snapshot_of('grocery', 'products') }} ...
#}
{% macro snapshot_of(source_system, entity) %}
    select
        {%- for column, data_type in input_shape(entity).items() if column != 'load_id' %}
        cast(input.{{ column }} as {{ data_type }}) as {{ column }},
        {%- endfor %}
        cast({{ load_of_snapshot('load_id') }} as bigint) as load_id,
        cast({{ dbt.current_timestamp() }} as timestamp) as captured_at
    from {{ ref('int_' ~ source_system ~ '__' ~ entity) }} as input
    where
        -- A blank id never equals itself and would come again with each run.
        {%- for id in keys_of_snapshot() %}
        input.{{ id }} is not null{{ " and" if not loop.last }}
        {%- endfor %}
{%- endmacro %}


{# The columns that tell a snapshot's members apart, as a list; none while dbt parses. #}
{% macro keys_of_snapshot() %}
    {%- set key = config.get('unique_key') or [] -%}
    {%- do return([key] if key is string else key) -%}
{% endmacro %}


{#
    A column of the load that a snapshot's rows stand for: of the live loads of its raw tables the
    one with the latest business date; should none be live, the last that was.
#}
{% macro load_of_snapshot(column) -%}
    (
        select {{ column }} from {{ ops_table('load_files') }}
        where {{ is_load_of_snapshot() }}
        order by is_live desc, as_of_date desc, load_id desc
        limit 1
    )
{%- endmacro %}


{# Condition on ops.load_files: the load is one of a raw table of this snapshot. #}
{% macro is_load_of_snapshot() -%}
    source_system = '{{ model.name.split("__")[0] }}'
    and table_name in ('{{ (config.get("meta") or {}).get("tables", []) | join("', '") }}')
{%- endmacro %}
