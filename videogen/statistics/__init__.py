"""Statistics of the monitoring and of the feedback: pure functions."""
