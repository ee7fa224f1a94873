"""The servers of a fleet as child processes of this machine: Postgres, Redis, an S3-compatible store."""
