"""Sentences in a language model's words: only those that say what the release says, value by value."""
