"""What every training stage shares: the loop, the optimiser, the noise schedule and the states of the captions."""
