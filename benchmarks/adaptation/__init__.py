"""Benchmarks of domain adaptation: words, directions and languages (words), colours (looks)."""
