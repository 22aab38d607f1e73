"""Global ids, as the API gives them out."""

from core.ids import decode, encode

__all__ = ["decode", "encode"]
