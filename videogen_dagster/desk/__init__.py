"""The review desk: what an editor and a checker see in the browser instead of Dagster's pages."""
