"""The clock of a briefing: shots, sentences and captions in time."""
