"""One module, one step of the schema."""
