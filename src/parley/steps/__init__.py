"""The steps of the pipeline: each joins parts of it."""
