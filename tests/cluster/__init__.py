"""Tests against a real Redshift that the environment names: `make test-cluster`."""
