"""Measures how fast the warehouse loads and builds, against psql and DuckDB in the same run."""
