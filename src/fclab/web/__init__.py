"""The lab in a browser: a page, and processes that train for it."""
