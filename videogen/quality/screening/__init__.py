"""Screening of frames: detectors that look at what a finished video shows, and may close the release gate."""
