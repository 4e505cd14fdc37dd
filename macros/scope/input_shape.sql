{# The shape in which every source hands an entity to core: column → type, in order. #}
{% macro input_shape(entity) %}
    {%- set id = 'varchar(256)' -%}
    {%- set name = 'varchar(512)' -%}
    {%- set code = 'varchar(64)' -%}
    {%- set amount = 'numeric(18,4)' -%}
    {%- set shapes = {
        'customers': {
            'source_system': 'varchar(32)', 'customer_id': id, 'joined_date': 'date',
            'birth_year': 'integer', 'region': code, 'segment': code,
        },
        'customer_profiles': {
            'source_system': 'varchar(32)', 'customer_id': id, 'age': 'integer', 'age_band': code,
            'marital_status': code, 'income': amount, 'income_band': code,
            'household_size_band': code, 'household_composition': code, 'homeowner_status': code,
            'kids_band': code, 'kids_count': 'integer', 'pets_count': 'integer',
            'siblings_count': 'integer',
        },
        'products': {
            'source_system': 'varchar(32)', 'product_id': id, 'product_name': name, 'brand': name,
            'manufacturer': name, 'department': name, 'category': name, 'subcategory': name,
            'size': name, 'list_price': amount, 'unit_cost': amount, 'weight_kg': amount,
            'supplier_id': id,
        },
        'stores': {
            'source_system': 'varchar(32)', 'store_id': id, 'store_name': name, 'city': name,
            'region': name, 'country_code': 'varchar(2)', 'channel': code, 'time_zone': code,
        },
        'orders': {
            'source_system': 'varchar(32)', 'order_id': id, 'customer_id': id, 'store_id': id,
            'employee_id': id, 'ordered_at': 'timestamp', 'payment_method': code,
            'order_status': code, 'currency_code': 'varchar(3)', 'stated_total_amount': amount,
            'load_id': 'bigint',
        },
        'order_lines': {
            'source_system': 'varchar(32)', 'order_id': id, 'line_number': 'integer',
            'product_id': id, 'line_type': code, 'quantity': amount, 'unit_price': amount,
            'gross_amount': amount, 'discount_amount': amount, 'net_amount': amount,
            'cost_amount': amount, 'manufacturer_coupon_amount': amount, 'weight_kg': amount,
            'supplier_id': id, 'load_id': 'bigint',
        },
        'order_loads': {
            'source_system': 'varchar(32)', 'order_id': id, 'load_id': 'bigint',
        },
        'control_rows': {
            'source_system': 'varchar(32)', 'table_name': 'varchar(128)',
            'reconciled_in': 'varchar(128)', 'order_id': id, 'business_date': 'date',
            'currency_code': 'varchar(3)', 'control_amount': amount, 'missing_part': code,
            'is_superseded': 'boolean', 'load_id': 'bigint',
        },
        'campaigns': {
            'source_system': 'varchar(32)', 'campaign_id': id, 'campaign_type': code,
            'start_date': 'date', 'end_date': 'date',
        },
        'coupons': {
            'source_system': 'varchar(32)', 'coupon_id': id,
        },
        'coupon_products': {
            'source_system': 'varchar(32)', 'coupon_id': id, 'campaign_id': id, 'product_id': id,
        },
        'campaign_mailings': {
            'source_system': 'varchar(32)', 'campaign_id': id, 'customer_id': id,
            'load_id': 'bigint',
        },
        'coupon_redemptions': {
            'source_system': 'varchar(32)', 'coupon_id': id, 'campaign_id': id, 'customer_id': id,
            'redeemed_date': 'date', 'redemption_number': 'integer', 'load_id': 'bigint',
        },
        'promotions': {
            'source_system': 'varchar(32)', 'product_id': id, 'store_id': id,
            'week_start_date': 'date', 'display': code, 'mailer': code, 'load_id': 'bigint',
        },
        'employees': {
            'source_system': 'varchar(32)', 'employee_id': id, 'store_id': id,
            'employment_type': code, 'employee_status': code, 'is_multi_duty': 'boolean',
        },
        'suppliers': {
            'source_system': 'varchar(32)', 'supplier_id': id, 'supplier_name': name,
        },
        'accounting_entries': {
            'source_system': 'varchar(32)', 'entry_id': id, 'store_id': id, 'employee_id': id,
            'entry_date': 'date', 'accounting_type': code, 'amount': amount,
            'currency_code': 'varchar(3)', 'load_id': 'bigint',
        },
        'inventory': {
            'source_system': 'varchar(32)', 'location': id, 'product_id': id, 'quantity': amount,
            'load_id': 'bigint',
        },
        'backorders': {
            'source_system': 'varchar(32)', 'backorder_id': id, 'location': id, 'product_id': id,
            'manufacturer': name, 'quantity': amount, 'cost_amount': amount,
            'backorder_status': code, 'currency_code': 'varchar(3)', 'load_id': 'bigint',
        },
        'warranties': {
            'source_system': 'varchar(32)', 'warranty_id': id, 'order_id': id,
            'order_date': 'date', 'expiration_date': 'date', 'price_amount': amount,
            'percentage': amount, 'currency_code': 'varchar(3)', 'load_id': 'bigint',
        },
        'risk_observations': {
            'source_system': 'varchar(32)', 'observation_number': 'integer', 'age': 'integer',
            'kids_count': 'integer', 'pets_count': 'integer', 'siblings_count': 'integer',
            'income': amount, 'has_risk': 'boolean', 'load_id': 'bigint',
        },
        'membership_applications': {
            'source_system': 'varchar(32)', 'application_id': id, 'applied_at': 'timestamp',
            'is_successful': 'boolean', 'has_valid_mobile': 'boolean', 'has_valid_age': 'boolean',
            'has_valid_email': 'boolean', 'has_valid_name': 'boolean',
            'failed_reasons': 'varchar(256)', 'load_id': 'bigint',
        },
    } -%}
    {%- do return(shapes[entity]) -%}
{% endmacro %}
