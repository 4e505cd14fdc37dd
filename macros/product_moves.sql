{#
    The incremental strategy `product_moves`, for a table with one row per product (product_key)
    that says where the product belongs: writes only the rows that differ and queues, for the models
    it feeds, the orders with lines of those products. So an aggregate by that place stays right
    when the product master or a crosswalk changes, without reading all lines again.
    Config: meta: {feeds: [...]}; the model names fct_orders and fct_order_lines as dependencies.
#}
{% macro get_incremental_product_moves_sql(arg_dict) %}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set temp_relation = arg_dict['temp_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set moved = target_relation.identifier ~ '__moved' %}
    drop table if exists {{ moved }};
    create temporary table {{ moved }} as
    select gone.product_key
    from (
        select {{ columns }} from {{ target_relation }}
        except
        select {{ columns }} from {{ temp_relation }}
    ) as gone
    union
    select come.product_key
    from (
        select {{ columns }} from {{ temp_relation }}
        except
        select {{ columns }} from {{ target_relation }}
    ) as come;

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

    delete from {{ target_relation }}
    where product_key in (select product_key from {{ moved }});

    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ temp_relation }}
    where product_key in (select product_key from {{ moved }});
{% endmacro %}


{#
    Pre-hook of such a table, and of rate_moves.sql's: built from nothing, it asks what it feeds to
    rebuild everything.
#}
{% macro open_moves() %}
    {%- if execute -%}
        {{ take_pending_changes(is_incremental()) }}
    {%- endif -%}
{% endmacro %}
