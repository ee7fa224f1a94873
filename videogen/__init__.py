"""The engine: everything that makes, measures and writes videos. It knows nothing of Dagster."""
