{#
    The control rows of the loads in `loads` (a CTE with load_id), as a from item named
    `control_rows`. PostgreSQL takes each load down to the raw table's index on load_id; Redshift
    has no correlated laterals and scans columns quickly.
    Example: select control_rows.* from {{ control_rows_of_loads('unequal_loads') }}
#}
{% macro control_rows_of_loads(loads) %}
    {{- adapter.dispatch('control_rows_of_loads')(loads, ref('fct_control_rows')) -}}
{% endmacro %}

{% macro postgres__control_rows_of_loads(loads, relation) -%}
    {{ loads }}
    cross join lateral (
        select * from {{ relation }} as rows_of_load
        where rows_of_load.load_id = {{ loads }}.load_id
        offset 0
    ) as control_rows
{%- endmacro %}

{% macro redshift__control_rows_of_loads(loads, relation) -%}
    {{ relation }} as control_rows
    inner join {{ loads }}
        on control_rows.load_id = {{ loads }}.load_id
{%- endmacro %}
