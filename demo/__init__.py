"""A store to look at on the first start."""
