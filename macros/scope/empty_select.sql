{# A select of typed columns without a row, for what no source that is on can say. #}
{% macro empty_select(columns) %}
    select
        {%- for column, data_type in columns.items() %}
        cast(null as {{ data_type }}) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    where 1 = 0
{%- endmacro %}
