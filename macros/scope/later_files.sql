{#
    Which rows count of an order that several files hold, as selects over `lines`, a relation with
    order_id, load_id and file_line. Every window holds order_id, so one order can be read by
    itself. Both ask for `rejected`, the relation stg_ops__rejected_orders: a file in which a line
    of the order was rejected takes no other file's place.
#}

{% macro lines_not_superseded(lines, keys, rejected, is_number=false) %}
    {%- set repeats_a_line %}
        previous_load_id < load_id
        {{- ' and ' ~ keys[0] ~ ' is not null' if is_number }}
    {%- endset %}
    {#- In the order of the window below, so that one sort serves all. #}
    {%- set whole_order %}
        over (
            partition by order_id
            order by {{ keys | join(', ') }}, load_id, file_line
            rows between unbounded preceding and unbounded following
        )
    {%- endset %}
    select *
    from (
        select
            *,
            max(case when {{ repeats_a_line }} and is_whole then load_id end) {{ whole_order }}
                as last_overlapping_load_id,
            max(case when {{ repeats_a_line }} then load_id end) {{ whole_order }}
                as last_repeating_load_id,
            min(load_id) {{ whole_order }} as first_load_id
        from (
            select
                {{ lines }}.*,
                rejected_orders.load_id is null as is_whole,
                lag({{ lines }}.load_id) over (
                    partition by {{ lines }}.order_id, {{ keys | join(', ') }}
                    order by {{ lines }}.load_id, file_line
                ) as previous_load_id
            from {{ lines }}
            left join {{ rejected }} as rejected_orders
                on
                    {{ lines }}.load_id = rejected_orders.load_id
                    and {{ lines }}.order_id = rejected_orders.order_id
        ) as compared
    ) as overlapping
    where
        load_id >= coalesce(last_overlapping_load_id, load_id)
        and (
            is_whole
            or load_id = first_load_id
            or load_id > coalesce(last_repeating_load_id, 0)
        )
{% endmacro %}


{% macro lines_of_newest_file(lines, files, rejected) %}
    select *
    from (
        select
            {{ lines }}.*,
            files.file_order,
            max(files.order_again) over (partition by {{ lines }}.order_id) as order_again,
            coalesce(
                max(case when rejected_orders.load_id is null then files.file_order end)
                    over (partition by {{ lines }}.order_id),
                max(files.file_order) over (partition by {{ lines }}.order_id)
            ) as newest_file_order
        from {{ lines }}
        left join {{ files }} as files
            on {{ lines }}.load_id = files.load_id
        left join {{ rejected }} as rejected_orders
            on
                {{ lines }}.load_id = rejected_orders.load_id
                and {{ lines }}.order_id = rejected_orders.order_id
    ) as placed
    where order_again is null or file_order = newest_file_order
{% endmacro %}
