"""From one scheme to the next: what a plan renames, removes, merges and splits, over all that names it."""
