"""Persistence: atomic folders, the artifact store, the request store, the warehouse and its tables, retention."""
