{#
    Two models hold the same combinations of the columns.
    Arguments: to, the other model; columns, a list that both have.
    Example: - same_rows_as: {arguments: {to: ref('customer_lifetime'), columns: [customer_key]}}
#}
{% test same_rows_as(model, to, columns) %}
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from (
        select {{ columns | join(', ') }} from {{ model }}
        union all
        select {{ columns | join(', ') }} from {{ to }}
    ) as both_models
    group by {{ columns | join(', ') }}
    having count(*) <> 2
{% endtest %}
