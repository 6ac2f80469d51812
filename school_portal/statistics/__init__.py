"""Figures over the tally: the term report's counts; names nobody."""
