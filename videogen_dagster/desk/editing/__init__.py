"""Storyboards as people edit them."""
