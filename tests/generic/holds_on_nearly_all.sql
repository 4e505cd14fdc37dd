{#
    A condition holds on nearly all rows: what a file says twice is still one amount. Rows are those
    where it does not, up to a hundred, when they are more than the share that may be odd.
    Arguments: condition and among, SQL over the model's columns (rows where the condition is null
    tell nothing); most_odd, a share. Example:
    - holds_on_nearly_all: {arguments: {condition: quantity * price = total, among: quantity > 0}}
#}
{% test holds_on_nearly_all(model, condition, among='true', most_odd=0.05) %}
    with judged as (
        select
            *,
            case when {{ condition }} then 0 else 1 end as is_odd
        from {{ model }}
        where
            ({{ among }})
            and ({{ condition }}) is not null
    ),

    counted as (
        select
            sum(is_odd) as odd_rows,
            count(*) as all_rows
        from judged
    )

    select
        judged.*,
        counted.odd_rows,
        counted.all_rows
    from judged
    cross join counted
    where
        judged.is_odd = 1
        and counted.odd_rows > {{ most_odd }} * counted.all_rows
    limit 100
{% endtest %}
