"""What is heard: the sentences as speech, and the one track of a variant."""
