-- Grain: one size.
-- The sizes that the tills print before a product's name.
select cast('Regular' as varchar(512)) as size
union all
select cast('Large' as varchar(512)) as size
