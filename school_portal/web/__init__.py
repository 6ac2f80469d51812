"""Flask glue: door, unit of work, error pages, headers, forms, templates. Knows no feature."""
