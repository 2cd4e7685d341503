"""Other formats: labels that come in and go out."""
