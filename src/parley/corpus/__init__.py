"""A corpus folder, read once: what a command works on."""
