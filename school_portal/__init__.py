"""The school safety portal."""
