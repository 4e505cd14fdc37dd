"""Raw tables: how they are defined, read from the dbt source YAML, and made in the database."""
