"""Figures over all books of a store."""
