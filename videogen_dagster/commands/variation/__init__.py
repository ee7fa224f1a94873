"""Commands that make a video out of another one."""
