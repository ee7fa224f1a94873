"""From shots to files: the timeline in frames, the encoded video of each variant, and what lies beside it."""
