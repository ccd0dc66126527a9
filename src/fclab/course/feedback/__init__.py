"""What a student gets back: the claimed rows beside what training again gave, in careful words."""
