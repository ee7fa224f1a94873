"""What a run says of itself: the videos it makes, their titles, and the process that works on it."""
