{% snapshot standard__products %}

{{ config(unique_key='product_id', meta={'tables': ['products']}) }}

{{ snapshot_of('standard', 'products') }}

{% endsnapshot %}
