"""What a video or a briefing is to the people who review it."""
