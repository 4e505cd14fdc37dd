-- Grain: one customer of whom anything is known; there are none.
{{ no_rows_of('customer_profiles') }}
