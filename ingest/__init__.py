"""Files into the raw schemas: read, check, COPY, and keep the ledger of what was loaded."""
