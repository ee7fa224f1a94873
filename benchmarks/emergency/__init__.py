"""How fast alerts become videos, and what a load of alerts does."""
