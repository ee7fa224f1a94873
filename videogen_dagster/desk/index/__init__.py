"""The search index of the desk: made from the stores, and thrown away without loss."""
