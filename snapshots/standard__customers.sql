{% snapshot standard__customers %}

{{ config(unique_key='customer_id', meta={'tables': ['customers']}) }}

{{ snapshot_of('standard', 'customers') }}

{% endsnapshot %}
