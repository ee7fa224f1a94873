"""Option groups, loading, commented YAML, environment variables and spelling suggestions."""
