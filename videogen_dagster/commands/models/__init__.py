"""Commands about model profiles, weights and stages."""
