"""From an alert to a correct, legible video: CAP messages, templates, the picture, and who goes first."""
