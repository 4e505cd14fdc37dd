"""Tells people what is wrong with the warehouse, once, and when it is over."""
