"""The wide world itself: its settings and subjects, how they are drawn, and what captions say about them."""
