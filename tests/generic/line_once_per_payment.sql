{#
    No order of a file has each of its lines once for each of its payments: they would count as
    often. A row names such an order.
    Arguments: line, the columns that tell an order's lines apart; payment, those of its payments.
    Example:
    - line_once_per_payment:
        {arguments: {line: [product_id, quantity], payment: [payment_method, payment_amount]}}
#}
{% test line_once_per_payment(model, line, payment) %}
    with paid as (
        select * from {{ model }}
        where {{ payment[0] }} is not null
    ),

    per_line as (
        select load_id, order_id, count(*) as row_count
        from paid
        group by load_id, order_id, {{ line | join(', ') }}
    ),

    per_payment as (
        select load_id, order_id, count(*) as row_count
        from paid
        group by load_id, order_id, {{ payment | join(', ') }}
    ),

    line_counts as (
        select load_id, order_id, count(*) as line_count, sum(row_count) as row_count
        from per_line
        group by load_id, order_id
    ),

    payment_counts as (
        select load_id, order_id, count(*) as payment_count
        from per_payment
        group by load_id, order_id
    )

    select
        line_counts.load_id,
        line_counts.order_id,
        line_counts.line_count,
        payment_counts.payment_count
    from line_counts
    inner join payment_counts
        on
            line_counts.load_id = payment_counts.load_id
            and line_counts.order_id = payment_counts.order_id
    where
        payment_counts.payment_count > 1
        and line_counts.row_count = line_counts.line_count * payment_counts.payment_count
{% endtest %}
