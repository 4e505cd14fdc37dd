{#
    A select without rows, for a source that knows nothing of an entity: the columns of the input
    shape that the model's YAML describes.
#}
{% macro no_rows_of(entity) %}
    {%- set columns = {} -%}
    {%- for column, data_type in input_shape(entity).items() if column in model.columns -%}
        {%- do columns.update({column: data_type}) -%}
    {%- endfor -%}
    {{- empty_select(columns) }}
{%- endmacro %}
