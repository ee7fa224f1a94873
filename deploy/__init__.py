"""How the product is deployed on more than one machine, and a fleet on one machine to look at and to test."""
