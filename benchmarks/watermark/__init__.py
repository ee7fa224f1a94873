"""What the imperceptible watermark survives, what it costs, and how it changes the picture."""
