"""What a request brings along: pictures, clips, texts, logos, checked before they are kept."""
