"""What is kept: atomic folders, the artifact store, the request store, the warehouse and its tables, retention."""
