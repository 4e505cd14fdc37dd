"""Raw tables: their definitions in the dbt source YAML, and their creation in the database."""
