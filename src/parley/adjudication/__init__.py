"""Adjudication: from the layers of several annotators to gold, every decision on record.

Read in this order: `compare` (what is agreed, what competes), `gold` (decisions become ledger rows, rows
become gold), `ledger` (the rows as a file), `rebuilding` (gold again, from layers and ledger). Decisions come
from a file (`decisions`, after reading what `listing` writes) or from Label Studio (`proposals`, `studio`,
`submission`).
"""
