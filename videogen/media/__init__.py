"""Reading and writing video: frames in, mp4 out, with label, captions and metadata."""
