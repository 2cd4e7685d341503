"""Adjudication by hand: lists to read, files to decide in."""
