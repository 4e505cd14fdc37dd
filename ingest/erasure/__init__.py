"""Removes personal values from the warehouse: those of one person, or those past retention."""
