"""What a network's experience changes, and what that says of the paper's claims."""
