"""The same question twice.

`sameness` says when two questions are the same, `similar` when they nearly are,
`merging` makes one of several copies, and `dedupe` finds the groups of a bank.
"""
