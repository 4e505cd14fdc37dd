{% snapshot ecommerce__customers %}

{{ config(unique_key='customer_id', meta={'tables': ['members']}) }}

{{ snapshot_of('ecommerce', 'customers') }}

{% endsnapshot %}
