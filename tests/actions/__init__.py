"""What a manager does, end to end on small engagements."""
