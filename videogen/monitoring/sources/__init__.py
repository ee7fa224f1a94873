"""Where numbers come from: the machine, the warehouse, workers."""
