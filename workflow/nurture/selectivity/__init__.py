"""Which units are selective for expression, and their tuning."""
