"""What runs, what waits, what died, what it cost, and who is told: metrics, alerts, incident reports."""
