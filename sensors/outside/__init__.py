"""What lets releases out: those that waited for a moment or an approval, and their way to feeds and receivers."""
