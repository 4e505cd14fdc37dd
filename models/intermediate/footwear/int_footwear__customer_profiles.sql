{{ no_rows_of('customer_profiles') }}
