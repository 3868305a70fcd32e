"""Moodle XML, as Moodle's own importer reads it."""
