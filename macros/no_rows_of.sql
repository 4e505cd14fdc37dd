{#
    A select without rows in the input shape of an entity, for a source that knows nothing of it.
    Arguments: entity, a name of input_shape().
    Example: {{ no_rows_of('customers') }}
#}
{% macro no_rows_of(entity) %}
    select
        {%- for column, data_type in input_shape(entity).items() %}
        cast(null as {{ data_type }}) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    where 1 = 0
{%- endmacro %}
