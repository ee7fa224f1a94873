"""Whether a video shows what its prompt says: video-text encoders and their scores."""
