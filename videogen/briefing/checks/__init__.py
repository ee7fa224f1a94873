"""What is checked before a briefing may be published."""
