"""What must be true of an exact revision before it leaves: approval, embargo, rights, corrections. Pure."""
