"""The imperceptible watermark: embedded before encoding, found again after ordinary processing."""
