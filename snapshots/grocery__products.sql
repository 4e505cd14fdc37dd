{% snapshot grocery__products %}

{{ config(unique_key='product_id', meta={'tables': ['product']}) }}

{{ snapshot_of('grocery', 'products') }}

{% endsnapshot %}
