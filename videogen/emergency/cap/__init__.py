"""Common Alerting Protocol 1.2: reading, checking, signatures, writing."""
