"""Dagster resources that give plain engine objects to assets, checks and sensors."""
