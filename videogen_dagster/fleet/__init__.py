"""More than one machine: the shared home, the launcher of runs on workers, the workers, and their examination."""
