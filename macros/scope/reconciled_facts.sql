{% macro reconciled_facts() %}
    {%- do return({
        'fct_orders': {
            'key': 'order_key', 'id': 'order_id', 'date': 'order_date',
            'amount': 'stated_total_amount', 'by_order': true,
        },
        'fct_order_lines': {
            'key': 'order_key', 'id': 'order_id', 'date': 'order_date', 'amount': 'net_amount',
            'rows': 'line_number >= 0', 'by_order': true,
        },
        'fct_accounting_entries': {
            'key': 'entry_key', 'id': 'entry_id', 'date': 'entry_date', 'amount': 'amount',
        },
        'fct_membership_applications': {
            'key': 'application_key', 'id': 'application_id', 'date': 'applied_at',
        },
    }) -%}
{% endmacro %}


{# Condition: a fact, by name, takes in orders. #}
{% macro is_of_orders(fact_name, negated='') -%}
    {%- set names = [] -%}
    {%- for name, columns in reconciled_facts().items() if columns.by_order -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    {{ fact_name }} {{ negated ~ ' ' if negated }}in ('{{ names | join("', '") }}')
{%- endmacro %}
