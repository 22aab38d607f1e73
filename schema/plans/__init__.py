"""Queries compiled to one SQL statement that returns finished JSON."""
