"""The questions of the defence, with the numbers of the student's own networks."""
