"""Recognises personal data by the form of headers and values."""
