"""What assets, checks and sensors need from outside, as resources that hand out plain engine objects."""
