"""From a registered alert to its published video: production, checks, signature, published alerts."""
