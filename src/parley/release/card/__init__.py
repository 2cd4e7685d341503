"""The words of a release: card, codebook, datasheet, Croissant, citation, plots."""
