"""Questions with numbers for answers, made from every student's own networks, for a platform."""
