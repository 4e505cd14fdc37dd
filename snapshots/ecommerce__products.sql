{% snapshot ecommerce__products %}

{{ config(unique_key='product_id', meta={'tables': ['items']}) }}

{{ snapshot_of('ecommerce', 'products') }}

{% endsnapshot %}
