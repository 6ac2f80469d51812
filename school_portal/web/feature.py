"""What a feature offers to the application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from click import Command
from flask import Blueprint, Flask

from school_portal.core.actor import Role
from school_portal.core.jobs import Job


@dataclass(frozen=True)
class NavItem:
    """A place in the navigation; shown to people who hold one of the roles, to everybody when None."""

    endpoint: str
    label: Any
    roles: frozenset[Role] | None = None


@dataclass(frozen=True)
class Feature:
    """One folder's offer. `sweeps` are names of jobs that the worker runs every minute."""

    name: str
    blueprint: Blueprint | None = None
    nav: tuple[NavItem, ...] = ()
    jobs: Mapping[str, Job] = field(default_factory=dict)
    sweeps: tuple[str, ...] = ()
    reports: tuple[Any, ...] = ()
    commands: tuple[Command, ...] = ()
    init_app: Callable[[Flask], None] | None = None
    loads: Callable[[Any], None] | None = None
    """Loads shipped lists that the database lacks; called by `db upgrade` with a session."""
