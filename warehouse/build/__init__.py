"""A build: what is due, dbt's run, the risk models, and what is told at the end."""
