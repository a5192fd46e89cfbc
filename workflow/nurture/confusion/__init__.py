"""Which expressions are confused, beside observers."""
