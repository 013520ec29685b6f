"""What tools/fuzz.py does to files, and what it asks of those who read them."""
