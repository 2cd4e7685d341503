"""Adjudication: from the layers of several annotators to gold, every decision on record.

Read in this order: `compare` (what is agreed, what competes), `decide` (what decisions come to), `ledger`
(every decision as a row), `validity` (which decisions outlast layers that change), `settled` (what those
come to), `gold` (label files from rows). Decisions come from `decision_files`, for which `disagreements` are
listed, or from `studio` (Label Studio).
"""
