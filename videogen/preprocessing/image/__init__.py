"""Steps on reference images: orientation, colour, background, framing, features."""
