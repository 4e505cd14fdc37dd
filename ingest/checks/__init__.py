"""What cells and rows must satisfy, and what becomes of their text."""
