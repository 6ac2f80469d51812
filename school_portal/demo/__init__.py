"""Demo data: an invented province on the real communes. The same seed and date give the same people and figures."""

from school_portal.demo.loading import commands, ensure, load

__all__ = ["commands", "ensure", "load"]
