-- The five best products of each branch, each with its place over all branches.
with branch_products as (
    select * from {{ ref('branch_product_performance') }}
    where net_rank <= 5
),

products as (
    select * from {{ ref('product_performance') }}
)

select
    branch_products.source_system,
    coalesce(branch_products.store_name, branch_products.store_id) as branch,
    branch_products.net_rank,
    coalesce(products.product_name, products.category) as product,
    branch_products.product_id,
    branch_products.quantity,
    branch_products.net_amount,
    branch_products.currency_code,
    products.net_rank as net_rank_over_all_branches
from branch_products
inner join products
    on
        branch_products.product_key = products.product_key
        and branch_products.currency_code = products.currency_code
order by
    branch_products.source_system,
    branch_products.store_id,
    branch_products.currency_code,
    branch_products.net_rank
