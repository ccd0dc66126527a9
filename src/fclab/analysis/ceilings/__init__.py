"""What other methods reach on the same images: lines to see where a network stands."""
