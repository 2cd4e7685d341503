"""What an attribute's value can be: time expressions, quantities, boundaries in a text."""
