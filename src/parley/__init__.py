"""Parley: annotated news on ceasefire talks, from seeds to a published dataset."""

__version__ = "0.1.0"
