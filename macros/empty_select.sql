{#
    A select of typed columns without a row, for what no source that is on can say.
    Arguments: columns, a dict of column name to SQL type.
    Example: {{ empty_select({'customer_id': 'varchar(256)', 'load_id': 'bigint'}) }}
#}
{% macro empty_select(columns) %}
    select
        {%- for column, data_type in columns.items() %}
        cast(null as {{ data_type }}) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    where 1 = 0
{%- endmacro %}
