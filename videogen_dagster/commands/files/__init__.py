"""Commands about a video file that this system has not made."""
