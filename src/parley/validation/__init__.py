"""Validation: what must hold before anything goes out, judged by Great Expectations."""
