"""What runs show: one rule for each finding, as values without words."""
