"""Dagster's pages behind a guard, and the processes that `videogen ui` keeps running."""
