"""Rules for cells and rows, and how their text becomes typed values."""
