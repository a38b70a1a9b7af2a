"""One module per schema, oldest first; a published one is never changed."""
