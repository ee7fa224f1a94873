"""The composition root: definitions, jobs, schedules, the command line and the Python API."""
