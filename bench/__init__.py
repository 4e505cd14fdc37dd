"""How fast the warehouse loads and builds, against plain psql doing the same in the same run."""
