"""What events say: the last word of each rater, topics, trends, comparisons, effects of parameters."""
