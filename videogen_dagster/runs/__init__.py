"""Runs in this process for the command line and Python: one launcher, and what runs through it."""
