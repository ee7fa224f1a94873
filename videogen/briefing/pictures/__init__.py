"""What is seen: cards, charts, maps and pictures, laid out for each format in the look of a brand."""
