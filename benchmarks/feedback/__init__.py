"""Measurements of the feedback loop: simulations with fixed seeds, comments written for it, and throughput."""
