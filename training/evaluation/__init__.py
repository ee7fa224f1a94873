"""Measurements of a trained model beyond the scores: steadiness, ablations, a reference."""
