"""How people log in."""
