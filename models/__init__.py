"""Networks and other things that turn pictures of people into vectors."""

from .embedder import Embedder

__all__ = ["Embedder"]
