"""A page that shows every component in every state; there in demo and test only."""
