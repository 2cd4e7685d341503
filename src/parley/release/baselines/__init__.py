"""Baselines: what plain models find in a release, one event left out at a time."""
