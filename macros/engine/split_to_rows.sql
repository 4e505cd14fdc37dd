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

{# An empty cell has no pieces, as on PostgreSQL; positions of an array begin at 0. #}
{% macro redshift__split_to_rows(relation, columns, cell, delimiter) -%}
    select
        {%- for column in columns %}
        split.{{ column }},
        {%- endfor %}
        cast(piece as varchar(65535)) as piece,
        piece_index + 1 as position
    from (
        select
            {%- for column in columns %}
            {{ column }},
            {%- endfor %}
            split_to_array(nullif({{ cell }}, ''), '{{ delimiter }}') as pieces
        from {{ relation }}
    ) as split, split.pieces as piece at piece_index
{%- endmacro %}
