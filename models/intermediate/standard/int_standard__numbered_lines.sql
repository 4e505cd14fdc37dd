-- Grain: one live line of an order. An order may come in several files. Its lines are told apart by
-- their numbers; where a later file repeats one, that file has the whole order and what earlier
-- files said of it is superseded. Otherwise the files add up. An order of which any file was loaded
-- with order_again: newest is what the newest of its files has, whichever was loaded last.
-- Every window holds order_id, so that one order can be read by itself.
with lines as (
    select * from {{ ref('stg_standard__order_lines') }}
),

of_counting_files as (
    {{ lines_of_newest_file(
        'lines', ref('stg_ops__load_files'), ref('stg_ops__rejected_orders')
    ) }}
),

not_superseded as (
    {{ lines_not_superseded(
        'of_counting_files',
        ['given_line_number'],
        ref('stg_ops__rejected_orders'),
        is_number=true
    ) }}
),

live_lines as (
    select
        *,
        count(*) over (partition by order_id, given_line_number) as lines_of_the_number
    from not_superseded
),

positioned as (
    select
        *,
        row_number() over (
            partition by order_id
            order by coalesce(given_line_number, 2147483647), load_id, file_line
        ) as position,
        max(case when given_line_number is null or lines_of_the_number > 1 then 1 else 0 end)
            over (partition by order_id) as has_lines_without_own_number,
        min(ordered_at) over (partition by order_id) as first_ordered_at
    from live_lines
),

final as (
    select
        order_id,
        case
            when has_lines_without_own_number = 1 then position
            else given_line_number
        end as line_number,
        position,
        customer_id,
        product_id,
        store_id,
        {{ line_type('given_quantity', 'given_line_type') }} as line_type,
        payment_method,
        order_status,
        currency_code,
        given_quantity,
        unit_price,
        given_discount_amount,
        unit_cost,
        first_ordered_at as ordered_at,
        load_id
    from positioned
)

select * from final
