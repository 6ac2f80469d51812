"""Who saw and who changed what: append-only, chained, kept in the transaction that it tells of."""
