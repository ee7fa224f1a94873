"""Statistics that monitoring and feedback share: pure functions of arrays. Nothing here reads a file or a setting."""
