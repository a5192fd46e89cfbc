"""What Nurture costs, each number beside that of something that does the same or less."""
