{#
    A select without rows, for a source that knows nothing of an entity: the columns of the input
    shape that the model's YAML describes.
#}
{% macro no_rows_of(entity) %}
    {%- set shape = input_shape(entity) -%}
    {%- set columns = {} -%}
    {%- for column in shape if column in given_columns(model.name, shape) -%}
        {%- do columns.update({column: shape[column]}) -%}
    {%- endfor -%}
    {{- empty_select(columns) }}
{%- endmacro %}
