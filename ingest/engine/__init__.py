"""The seam below the loader: what it needs of a database, for PostgreSQL and for Redshift."""
