{% snapshot electronics__customers %}

{{ config(unique_key='customer_id', meta={'tables': ['customer', 'member']}) }}

{{ snapshot_of('electronics', 'customers') }}

{% endsnapshot %}
