{% snapshot footwear__products %}

{{ config(unique_key='product_id', meta={'tables': ['sales', 'colors']}) }}

{{ snapshot_of('footwear', 'products') }}

{% endsnapshot %}
