"""Steps on the prompt: cleaning, language, emphasis, enhancement, completion, truncation, keywords."""
