{#
    Which rows count of an order that several files hold, as selects over `lines`, a relation with
    order_id, load_id and file_line. Every window holds order_id, so one order can be read by
    itself.
#}

{#
    Where a later file repeats a line of an order, it has the whole order, and what earlier files
    said of it is superseded. Otherwise the files add up.
    Arguments: keys, the columns that tell an order's lines apart; is_number, true where the key is
    one that a line may lack, and is then like no other.
    Example: live_lines as ({{ lines_not_superseded('sales', ['product_id', 'size']) }})
#}
{% macro lines_not_superseded(lines, keys, is_number=false) %}
    select *
    from (
        select
            *,
            -- In the order of the window below, so that one sort serves both.
            max(
                case
                    when previous_load_id < load_id
                        {{ 'and ' ~ keys[0] ~ ' is not null' if is_number }} then load_id
                end
            ) over (
                partition by order_id
                order by {{ keys | join(', ') }}, load_id, file_line
                rows between unbounded preceding and unbounded following
            ) as last_overlapping_load_id
        from (
            select
                *,
                lag(load_id) over (
                    partition by order_id, {{ keys | join(', ') }}
                    order by load_id, file_line
                ) as previous_load_id
            from {{ lines }}
        ) as compared
    ) as overlapping
    where load_id >= coalesce(last_overlapping_load_id, load_id)
{% endmacro %}


{#
    An order of which any file was loaded with order_again: newest is what the newest of its files
    has, whichever was loaded last.
    Arguments: files, the relation stg_ops__load_files.
    Example: counting as ({{ lines_of_newest_file('lines', ref('stg_ops__load_files')) }})
#}
{% macro lines_of_newest_file(lines, files) %}
    select *
    from (
        select
            {{ lines }}.*,
            files.file_order,
            max(files.order_again) over (partition by {{ lines }}.order_id) as order_again,
            max(files.file_order) over (partition by {{ lines }}.order_id) as newest_file_order
        from {{ lines }}
        left join {{ files }} as files
            on {{ lines }}.load_id = files.load_id
    ) as placed
    where order_again is null or file_order = newest_file_order
{% endmacro %}
