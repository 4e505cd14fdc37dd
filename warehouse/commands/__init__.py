"""The commands of `warehouse`, by what they work on; heavy imports stay inside them."""
