"""Commands about single videos and briefings: ask for one, follow it, release it."""
