"""What populations of units carry about expression and identity."""
