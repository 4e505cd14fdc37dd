{#
    A model has exactly the columns of the input shape of its entity, in any order.
    Arguments: entity, a name of input_shape(). Rows are the columns missing or too many.
    Example: - input_shape: {arguments: {entity: orders}}
#}
{% test input_shape(model, entity) %}
    {%- set expected = input_shape(entity).keys() | list -%}
    {%- set found = [] -%}
    {%- if execute and flags.INTROSPECT -%}
        {%- for column in adapter.get_columns_in_relation(model) -%}
            {%- do found.append(column.name | lower) -%}
        {%- endfor -%}
    {%- else -%}
        {%- do found.extend(expected) -%}
    {%- endif -%}
    {%- for column in expected if column not in found %}
    select '{{ column }}' as column_name, 'missing' as fault
    union all
    {%- endfor %}
    {%- for column in found if column not in expected %}
    select '{{ column }}' as column_name, 'too many' as fault
    union all
    {%- endfor %}
    select cast(null as varchar(256)) as column_name, cast(null as varchar(16)) as fault
    where 1 = 0
{% endtest %}
