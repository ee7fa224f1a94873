"""Datasets for fine-tuning, of people who agreed to it."""
