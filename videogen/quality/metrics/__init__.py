"""What is measured on the frames and the sound of a video."""
