{% snapshot electronics__products %}

{{ config(unique_key='product_id', meta={'tables': ['product']}) }}

{{ snapshot_of('electronics', 'products') }}

{% endsnapshot %}
