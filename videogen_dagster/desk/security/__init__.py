"""What keeps strangers and their web pages out: the guard, sessions, form tokens, the log."""
