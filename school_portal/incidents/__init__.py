"""What happened: reporting, the people involved, who reads it."""
