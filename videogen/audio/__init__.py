"""Loudness (ITU-R BS.1770), speech and the soundtrack."""
