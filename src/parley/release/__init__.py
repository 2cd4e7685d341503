"""The release: labels and articles as a Hugging Face dataset repository, published whole or not at all."""
