-- Grain: one customer; there are none.
-- The tills know a card, not a customer: a customer is known by the token of the card alone.
{{ no_rows_of('customers') }}
