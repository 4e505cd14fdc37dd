{% snapshot electronics__inventory %}

{{ config(unique_key=['location', 'product_id'], meta={'tables': ['inventory']}) }}

{{ snapshot_of('electronics', 'inventory') }}

{% endsnapshot %}
