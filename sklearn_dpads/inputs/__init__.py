"""What users hand in, checked: sequences, labels, weights, names; and what goes back to them."""
