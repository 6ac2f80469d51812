"""What documents about cases print: the case file, the form to fill in by hand."""
