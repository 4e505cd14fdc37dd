with unmapped_codes as (
    select * from {{ ref('unmapped_codes') }}
),

shares as (
    select
        source_system,
        crosswalk,
        sum(row_count) as row_count,
        sum(line_share) as line_share
    from unmapped_codes
    group by source_system, crosswalk
)

select
    unmapped_codes.source_system,
    unmapped_codes.crosswalk,
    unmapped_codes.code,
    unmapped_codes.row_count,
    shares.line_share as line_share_of_all_unmapped
from unmapped_codes
inner join shares
    on
        unmapped_codes.source_system = shares.source_system
        and unmapped_codes.crosswalk = shares.crosswalk
where shares.line_share > {{ var('unmapped_max_share') }}
