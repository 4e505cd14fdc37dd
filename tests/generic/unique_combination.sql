{#
    No two rows share the same values in all of the columns; an empty value counts as a value.
    Arguments: columns, a list. Example: - unique_combination: {arguments: {columns: [a, b]}}
#}
{% test unique_combination(model, columns) %}
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    where
        not {{ has_unique_index(model, columns) }}
        {%- for column in columns %}
        or {{ column }} is null
        {%- endfor %}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
