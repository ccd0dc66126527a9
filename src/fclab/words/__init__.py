"""Words: the sentences of every language, and how its numbers are written."""
