"""Import sheets of quiz platforms: what their columns are called and what their cells say, for writing and for reading."""
