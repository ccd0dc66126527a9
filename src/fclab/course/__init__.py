"""A course: students, the difficulty of their classes, and what their reports claim, checked."""
