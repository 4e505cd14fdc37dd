{# A select of typed columns without a row, for what no source that is on can say. #}
{% macro empty_select(columns) %}
    select
        {%- for column, data_type in columns.items() %}
        {{ no_value(data_type) }} as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    where 1 = 0
{%- endmacro %}


{# What gives a column without rows its type. #}
{% macro no_value(data_type) -%}
    {{ adapter.dispatch('no_value')(data_type) }}
{%- endmacro %}

{% macro postgres__no_value(data_type) -%}
    cast(null as {{ data_type }})
{%- endmacro %}

{# Beside other arms of a union, Redshift may take a typed null for varchar. #}
{% macro redshift__no_value(data_type) -%}
    {%- set kinds = {'varchar': "''", 'date': "'1900-01-01'", 'timestamp': "'1900-01-01'",
        'boolean': 'false'} -%}
    cast({{ kinds.get(data_type.split('(')[0], '0') }} as {{ data_type }})
{%- endmacro %}
