"""Files of a shop, read as checked batches of typed rows."""
