"""Readers of the import sheets of quiz platforms, and of any sheet with a question a row."""
