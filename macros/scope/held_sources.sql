{% macro held_sources() %}
    {%- if not execute or not graph.get('sources') -%}
        {%- do return([]) -%}
    {%- endif -%}
    {%- set given = env_var('WAREHOUSE_HELD_SOURCES', '') -%}
    {%- do return(given.split(',') if given else []) -%}
{% endmacro %}


{# Conditions on a row's source: it is held back, or it is not. #}
{% macro is_held(column) -%}
    {{ column }} in ('{{ held_sources() | join("', '") }}')
{%- endmacro %}

{% macro is_not_held(column, before='and') -%}
    {%- if held_sources() -%}
        {{ before }} {{ column }} not in ('{{ held_sources() | join("', '") }}')
    {%- endif -%}
{%- endmacro %}


{% macro kept_rows() %}
    {%- if held_sources() %}
{{ is_not_held('source_system', before='where') }}
    {%- if has_earlier_rows() %}
    {%- set known = adapter.get_columns_in_relation(this) | map(attribute='name') | list %}
union all
select
    {%- for column in model.columns.values() %}
    cast({{ column.name if column.name in known else 'null' }} as {{ column.data_type }})
        as {{ column.name }}{{ "," if not loop.last }}
    {%- endfor %}
from {{ this }}
where {{ is_held('source_system') }}
    {%- endif %}
    {%- endif %}
{%- endmacro %}
