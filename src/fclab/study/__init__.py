"""The lab as a whole, and what is learned from many of its runs."""
