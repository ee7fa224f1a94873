"""Commands of alerts, the emergency mode and its templates."""
