"""Priorities: runs, requests and the emergency mode share one scale, higher goes first."""

from __future__ import annotations

from typing import Final

EMERGENCY: Final = 100
"""Alerts and emergency videos; an alert's rank is added, so that the most urgent one goes first."""
INTERACTIVE: Final = 10
"""Somebody waits for it."""
BATCH: Final = -10
"""What waits for the night."""
NIGHTLY_HOUR: Final = 1
"""Hour, in UTC, at which requests with a priority below 0 are run."""
REVIEW: Final = -20
"""Daily numbers and cleaning up."""
