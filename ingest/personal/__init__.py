"""What headers and values say about people, by their own form."""
