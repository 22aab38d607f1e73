"""What comes next in a series of numbers, how sure that is, and how good it has been: arithmetic alone."""
