"""QTI 2.1, 2.2 and 3.0: items, tests and packages, read by one implementation under three names."""
