"""QTI content packages: what the exporters of QTI 2.1 and its successors share."""
