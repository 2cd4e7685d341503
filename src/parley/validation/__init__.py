"""Validation: what must be true before anything is published, judged by Great Expectations."""
