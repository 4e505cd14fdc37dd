{#
    The incremental strategy `product_moves`, for a table that says of each product where it belongs
    (columns product_key and `group`): replaces the table whole and queues, for the models it feeds,
    the orders with lines of products that came, went or moved. So an aggregate by group stays right
    when the product master or a crosswalk changes, without reading all lines again.
    Config: meta: {feeds: [...], moved_by: group, moved_lines: relation of order lines}.
#}
{% macro get_incremental_product_moves_sql(arg_dict) %}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set temp_relation = arg_dict['temp_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set group = config.get('meta')['moved_by'] -%}
    {%- for consumer in fed_models() %}
    insert into {{ ops_table('pending_changes') }} (
        consumer, source_system, order_id, order_key, customer_key, store_key, order_date
    )
    select distinct
        '{{ consumer }}',
        orders.source_system,
        orders.order_id,
        orders.order_key,
        orders.customer_key,
        orders.store_key,
        orders.order_date
    from (
        select coalesce(new_rows.product_key, old_rows.product_key) as product_key
        from {{ target_relation }} as old_rows
        full outer join {{ temp_relation }} as new_rows
            on old_rows.product_key = new_rows.product_key
        where coalesce(old_rows.{{ group }}, '') <> coalesce(new_rows.{{ group }}, '')
    ) as moved
    inner join {{ ref('fct_order_lines') }} as lines
        on moved.product_key = lines.product_key
    inner join {{ ref('fct_orders') }} as orders
        on lines.order_key = orders.order_key;
    {%- endfor %}

    delete from {{ target_relation }};

    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ temp_relation }};
{% endmacro %}


{# Pre-hook of such a table: built from nothing, it asks what it feeds to rebuild everything. #}
{% macro open_product_moves() %}
    {%- if execute -%}
        {{ take_pending_changes(is_incremental()) }}
    {%- endif -%}
{% endmacro %}
