-- The ten best products of each source, over all its branches.
select
    source_system,
    net_rank,
    coalesce(product_name, category) as product,
    product_id,
    quantity,
    net_amount,
    currency_code,
    orders,
    customers
from {{ ref('product_performance') }}
where net_rank <= 10
order by
    source_system,
    currency_code,
    net_rank
