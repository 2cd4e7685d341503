"""Exports of Label Studio: read, checked, and turned into batches."""
