"""What a run says of itself: the videos it makes, their titles, its process; and the quality reports of new runs."""
