"""Rosters: who is in a course, which classes everyone has, and what everyone is given."""
