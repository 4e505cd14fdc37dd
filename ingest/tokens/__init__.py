"""Keyed tokens in place of personal values, and forgetting of customers in later files."""
