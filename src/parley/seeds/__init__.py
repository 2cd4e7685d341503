"""Seeds: the articles byte for byte, what is known of them, and the clean text that is labelled."""
