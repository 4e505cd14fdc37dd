{{ config(severity='warn') }}

select
    source_system,
    crosswalk,
    code,
    row_count,
    line_share
from {{ ref('unmapped_codes') }}
