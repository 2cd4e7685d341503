"""The real Label Studio: its labelling screen, what goes in, and what comes back."""
