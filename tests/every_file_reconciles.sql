select *
from {{ ref('unequal_orders') }}
{{ is_not_held('source_system', before='where') }}
