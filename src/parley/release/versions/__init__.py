"""Versions of a release: history, difference, changelog."""
