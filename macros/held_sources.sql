{#
    Sources that `warehouse build` holds back because tests of their own fail: what core has of them
    stays as it stands. None while dbt parses, so that the list makes it read nothing anew, and none
    in a unit test, which has no graph. Returns: list of source names.
    Example: {% if source_system not in held_sources() %} ...
#}
{% macro held_sources() %}
    {%- if not execute or not graph.get('sources') -%}
        {%- do return([]) -%}
    {%- endif -%}
    {%- set given = env_var('WAREHOUSE_HELD_SOURCES', '') -%}
    {%- do return(given.split(',') if given else []) -%}
{% endmacro %}


{#
    Conditions on a row's source: it is held back, or it is not. `is_not_held` is nothing at all
    when no source is, so that the SQL is as if there were no such thing.
    Arguments: column, SQL of the source's name; before, what stands before the condition.
    Example: where is_live {{ is_not_held('source_system') }}
#}
{% macro is_held(column) -%}
    {{ column }} in ('{{ held_sources() | join("', '") }}')
{%- endmacro %}

{% macro is_not_held(column, before='and') -%}
    {%- if held_sources() -%}
        {{ before }} {{ column }} not in ('{{ held_sources() | join("', '") }}')
    {%- endif -%}
{%- endmacro %}


{#
    Ends a model that reads sources: of those held back, the rows that the model had before take the
    place of new ones. A column that it did not have yet is empty in them.
    The model's YAML names its columns in the order of its last select.
    Example: select * from final {{ kept_rows() }}
#}
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
