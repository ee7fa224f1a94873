"""From a suggestion to an adopted change: tests, decisions, adoption, impact."""
