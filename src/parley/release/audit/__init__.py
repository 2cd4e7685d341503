"""The audit of published labels: sheets to read each label against the text, and what came of it."""
