"""What a format's reader and exporter share: pure functions, no input or output."""
