"""The studies of the store: read, compared, extended, handed in."""
