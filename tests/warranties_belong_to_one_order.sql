{{ config(severity='warn') }}

select
    source_system,
    warranty_id,
    order_id,
    case
        when has_order then 'another warranty of the order is valid'
        else 'no such order'
    end as fault
from {{ ref('fct_warranties') }}
where not is_valid
