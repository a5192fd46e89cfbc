"""Small tables of the results: what figures draw and readers read."""
