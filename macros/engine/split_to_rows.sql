{% macro split_to_rows(relation, columns, cell, delimiter) %}
    {{- return(adapter.dispatch('split_to_rows')(relation, columns, cell, delimiter)) -}}
{% endmacro %}

{% macro postgres__split_to_rows(relation, columns, cell, delimiter) -%}
    select
        {%- for column in columns %}
        {{ relation }}.{{ column }},
        {%- endfor %}
        pieces.piece,
        pieces.position
    from {{ relation }}
    cross join lateral unnest(string_to_array({{ cell }}, '{{ delimiter }}'))
        with ordinality as pieces (piece, position)
{%- endmacro %}

{% macro redshift__split_to_rows(relation, columns, cell, delimiter) -%}
    select
        {%- for column in columns %}
        {{ relation }}.{{ column }},
        {%- endfor %}
        split_part({{ cell }}, '{{ delimiter }}', cast(numbers.generated_number as integer))
            as piece,
        numbers.generated_number as position
    from {{ relation }}
    inner join ({{ dbt.generate_series(1024) }}) as numbers
        on
            numbers.generated_number
            <= length({{ cell }}) - length(replace({{ cell }}, '{{ delimiter }}', '')) + 1
{%- endmacro %}
