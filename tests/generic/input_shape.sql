{#
    A model has the columns that its YAML describes, all of them of the input shape of its entity,
    in any order; core takes those that it has not for null.
    Arguments: entity, a name of input_shape(). Rows are the columns with what is wrong with them.
    Example: - input_shape: {arguments: {entity: orders}}
#}
{% test input_shape(model, entity) %}
    {%- set shape = input_shape(entity).keys() | list -%}
    {%- set found, described = shape, shape -%}
    {%- if execute and flags.INTROSPECT -%}
        {%- set found = adapter.get_columns_in_relation(model) | map(attribute='name') | list -%}
        {%- set described = given_columns(model.identifier, input_shape(entity)) -%}
    {%- endif -%}
    {%- for column in described if column not in found %}
    select cast('{{ column }}' as varchar(256)) as column_name,
        cast('missing' as varchar(16)) as fault
    union all
    {%- endfor %}
    {%- for column in found if column not in shape %}
    select cast('{{ column }}' as varchar(256)) as column_name,
        cast('too many' as varchar(16)) as fault
    union all
    {%- endfor %}
    {%- for column in found if column in shape and column not in described %}
    select cast('{{ column }}' as varchar(256)) as column_name,
        cast('not described' as varchar(16)) as fault
    union all
    {%- endfor %}
    select cast(null as varchar(256)) as column_name, cast(null as varchar(16)) as fault
    where 1 = 0
{% endtest %}
