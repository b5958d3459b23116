"""Networks and other things that turn pictures of people into vectors."""

from .embedder import CallableEmbedder, Embedder
from .histogram import HistogramEmbedder
from .loading import load_embedder

__all__ = ["CallableEmbedder", "Embedder", "HistogramEmbedder", "load_embedder"]
