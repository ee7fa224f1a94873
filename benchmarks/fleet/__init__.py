"""How several machines and long histories hold up."""
