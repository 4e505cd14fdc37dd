{#
    The incremental strategy `product_moves`, for a table with one row per product (product_key)
    that says where the product belongs: writes only the rows that differ and queues, for the models
    it feeds, the orders with lines of those products. So an aggregate by that place stays right
    when the product master or a crosswalk changes, without reading all lines again.
    Config: meta: {feeds: [...]}; the model names fct_orders and fct_order_lines as dependencies.
#}
{% macro get_incremental_product_moves_sql(arg_dict) %}
    {%- set moved = moved_keys(arg_dict['target_relation']) -%}
    {{ collect_moved_keys(arg_dict, 'product_key') }}

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
    from {{ moved }}
    inner join {{ ref('fct_order_lines') }} as lines
        on {{ moved }}.product_key = lines.product_key
    inner join {{ ref('fct_orders') }} as orders
        on lines.order_key = orders.order_key;
    {%- endfor %}

    {{ write_moved_rows(arg_dict, 'product_key') }}
{% endmacro %}
