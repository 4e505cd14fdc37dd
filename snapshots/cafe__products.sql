{% snapshot cafe__products %}

{{ config(unique_key='product_id', meta={'tables': ['transactions']}) }}

{{ snapshot_of('cafe', 'products') }}

{% endsnapshot %}
