-- Grain: one customer; there are none.
-- The tills ask nobody for a name: all sales are anonymous.
{{ no_rows_of('customers') }}
