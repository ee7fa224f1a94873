"""Attention tone and speech."""
