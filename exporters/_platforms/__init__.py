"""How the import sheets of quiz platforms are written: one description each, one writer for all."""
