"""How the weights of pib-mini are made: a procedural world, and the stages that learn it."""
