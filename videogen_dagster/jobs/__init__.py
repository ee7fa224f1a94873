"""The jobs that people launch and schedules start, by subject."""
