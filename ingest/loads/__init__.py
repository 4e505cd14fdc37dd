"""Loading: files into raw tables, and the ledger of what was loaded."""
