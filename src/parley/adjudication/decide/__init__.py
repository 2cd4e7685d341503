"""Decisions: what becomes of each span and relation."""
