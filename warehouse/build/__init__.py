"""A build: what is due, dbt's run, the risk models, and the summary at the end."""
