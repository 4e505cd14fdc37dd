-- Grain: one customer of whom anything is known; there are none.
-- The shop knows nothing of its members beyond their birth.
{{ no_rows_of('customer_profiles') }}
