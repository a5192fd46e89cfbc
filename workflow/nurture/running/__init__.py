"""What makes it a workflow: configuration, terminal, locks, resources, missing files."""
