-- The shop knows nothing of its members beyond their birth.
{{ no_rows_of('customer_profiles') }}
