"""The Chinook sample shop, from either of its forms into a store's books."""
