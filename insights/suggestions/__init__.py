"""What a store could save or gain, found by rules in plain rows: see docs/suggestions.md. Pure."""
