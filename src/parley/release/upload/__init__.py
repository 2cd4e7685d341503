"""A release on its way to the Hub or a git remote."""
