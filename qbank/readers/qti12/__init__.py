"""QTI 1.2 and its dialects, read by computing what each response earns and is told."""
