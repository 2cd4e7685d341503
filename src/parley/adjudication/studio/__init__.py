"""Adjudication in Label Studio: proposals, the lead's screen, submissions."""
