"""Reads a shop's files as checked batches of typed rows."""
