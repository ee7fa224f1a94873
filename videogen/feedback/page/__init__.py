"""The page for raters: a player, stars, tags, a comment, a comparison. Whoever has its link may use it."""
