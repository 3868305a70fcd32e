"""The parts of the Moodle XML exporter."""
