"""The routes, by noun. They parse, ask a service or the store, and render."""
