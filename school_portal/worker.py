"""The Huey consumer's entry, `huey_consumer school_portal.worker.huey`: builds the application when first asked."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name != "huey":
        raise AttributeError(name)
    from school_portal import create_app
    from school_portal.core.jobs import jobs

    app = create_app()
    sweeps = tuple(name for feature in app.extensions["portal_features"] for name in feature.sweeps)
    jobs.each_minute(sweeps)
    huey = jobs.huey
    assert huey is not None

    @huey.on_startup(name="sweep_at_start")
    def sweep_at_start() -> None:
        for sweep in sweeps:
            jobs.run(sweep)

    globals()["huey"] = huey
    return huey
