"""Backups: one file with all that cannot be made again from the checkout, and the way back."""
