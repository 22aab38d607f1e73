"""What can be wrong with a file, said for the one who sent it."""


class Unreadable(Exception):
    """The file as a whole cannot be read."""


class BadCell(ValueError):
    """One row cannot be read; the others can."""
