"""The figures: one module each, with a pure function ``draw(tables, style)``."""
