"""What machines tell each other: who works, on what, with which software; and who has gone."""
