-- Grain: one size.
-- The sizes that the tills print before a product's name.
select 'Regular' as size
union all
select 'Large' as size
