-- Grain: one store; there are none.
-- The panel has no master of stores: they are known by what they sold.
{{ no_rows_of('stores') }}
