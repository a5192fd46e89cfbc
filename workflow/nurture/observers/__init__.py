"""The same faces for observers: an experiment, its data, and observers beside networks."""
