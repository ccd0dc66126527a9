"""Marks: a rubric, what a machine can see of it, and tables for learning platforms."""
