-- Grain: one customer of whom anything is known; there are none.
-- The standard files say nothing of the people behind a customer.
{{ no_rows_of('customer_profiles') }}
