"""How embedders are made."""
