"""The embedded PostgreSQL server: its programs, its files, its roles, and the way in."""
