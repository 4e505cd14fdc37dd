{# We replace dbt here. #}
{# dbt's own, but for tables whose index keeps the column unique: nothing is read. #}
{% macro postgres__test_unique(model, column_name) %}
    select
        {{ column_name }} as unique_field,
        count(*) as n_records
    from {{ model }}
    where
        {{ column_name }} is not null
        and not {{ has_unique_index(model, [column_name]) }}
    group by {{ column_name }}
    having count(*) > 1
{% endmacro %}

{# dbt-redshift would take PostgreSQL's. #}
{% macro redshift__test_unique(model, column_name) %}
    {{- dbt.default__test_unique(model, column_name) -}}
{% endmacro %}
