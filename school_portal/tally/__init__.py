"""Counts kept in the transaction that changes a record, so that figures cost the same at any size."""
