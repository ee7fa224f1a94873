"""What people decide on videos and briefings alike, for the command line, the review desk and sensors."""
