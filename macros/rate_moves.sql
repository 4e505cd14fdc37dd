{#
    The incremental strategy `rate_moves`, for the one table of rates: writes only currencies whose
    rates differ and queues, for the models it feeds, the orders of the days on which they do. So
    converted amounts stay right when a rate or the reporting currency changes.
    Config: meta: {feeds: [...]}; the model names fct_orders as a dependency.
#}
{% macro get_incremental_rate_moves_sql(arg_dict) %}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set temp_relation = arg_dict['temp_relation'] -%}
    {%- set moved = moved_keys(target_relation) -%}
    {{ collect_moved_keys(arg_dict, 'currency_code') }}

    {%- for consumer in fed_models() %}
    insert into {{ ops_table('pending_changes') }} (
        consumer, source_system, order_id, order_key, customer_key, store_key, order_date
    )
    select
        '{{ consumer }}',
        orders.source_system,
        orders.order_id,
        orders.order_key,
        orders.customer_key,
        orders.store_key,
        orders.order_date
    from {{ ref('fct_orders') }} as orders
    inner join {{ moved }}
        on orders.currency_code = {{ moved }}.currency_code
    left join {{ target_relation }} as rates_before
        on
            orders.currency_code = rates_before.currency_code
            and orders.order_date >= rates_before.valid_from
            and orders.order_date < rates_before.valid_to
    left join {{ temp_relation }} as rates_after
        on
            orders.currency_code = rates_after.currency_code
            and orders.order_date >= rates_after.valid_from
            and orders.order_date < rates_after.valid_to
    where
        coalesce(rates_before.reporting_factor, 0) <> coalesce(rates_after.reporting_factor, 0)
        or coalesce(rates_before.reporting_currency_code, '')
        <> coalesce(rates_after.reporting_currency_code, '');
    {%- endfor %}

    {{ write_moved_rows(arg_dict, 'currency_code') }}
{% endmacro %}
