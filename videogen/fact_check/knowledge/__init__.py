"""The knowledge base: facts, documents and their sources, imports, retrieval, cache, consistency."""
