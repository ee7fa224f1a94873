"""Alerts for the operators of this system: rules, states, notifications, incident reports."""
