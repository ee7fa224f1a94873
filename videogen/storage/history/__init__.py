"""How tables stay quick to read after years."""
