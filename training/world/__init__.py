"""The procedural world that pib-mini is trained on: what its clips show, how they are drawn and what captions say."""
