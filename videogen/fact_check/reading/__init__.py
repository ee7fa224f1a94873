"""What a sentence says: language, grammar, numbers, dates, names, propositions, and whether it is worth checking."""
