"""How written sentences are spoken: numbers, money, dates and units in words."""
