"""Two or three versions of a bank: what changed between them, and how they go together."""
