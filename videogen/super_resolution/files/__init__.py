"""Enlarging a video file as a whole: reading, resuming, joining with its sound."""
