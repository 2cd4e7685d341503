"""Adjudication: from the layers of several annotators to gold, every decision on record.

Read in this order: `layers` (whose, read once), `compare` (what is agreed, what competes), `decide` (what
decisions come to), `ledger` (every decision as a row), `gold` (label files from rows). Decisions come from
`files` (lists to read, files to decide in) or from `studio` (Label Studio).
"""
