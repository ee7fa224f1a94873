"""The composition root: definitions, jobs, schedules, the command line and the Python API."""

from __future__ import annotations

import gc

# Dagster and torch make millions of objects that live as long as the process. Looking through them again and again
# while they are loaded takes a fifth of the start.
gc.set_threshold(300_000, 50, 100)
