"""Values: frozen, checked, and knowing nothing of who makes or shows them."""
