"""Releases without text: withheld, aligned, rehydrated."""
