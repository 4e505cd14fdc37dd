"""Keyed tokens in place of personal values, and customers who are forgotten in later files."""
