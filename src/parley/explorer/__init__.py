"""The explorer: a page for readers, written from a release."""
