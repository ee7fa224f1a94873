"""What keeps raters private: pseudonyms, scrubbed comments, links that carry no name."""
