"""Runs every benchmark and prints goal, figure and ratio."""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.server import ROOT, Server, bare_server, children_of
from benchmarks.visitor import Fields, Visitor
from tests import postgres


@dataclass(frozen=True)
class Measured:
    """CPU of the whole server and the middle wall time, in milliseconds a request."""

    cpu: float
    wall: float


def measure(server: Server, act: Callable[[], None], times: int) -> Measured:
    """Warm up, then do it `times` times."""
    for _ in range(max(3, times // 10)):
        act()
    walls = []
    before = server.cpu()
    for _ in range(times):
        began = time.perf_counter()
        act()
        walls.append((time.perf_counter() - began) * 1000)
    return Measured((server.cpu() - before) / times, statistics.median(walls))


def expect(visitor: Visitor, *statuses: int) -> None:
    """A benchmark of an error page would be a lie."""
    if visitor.status not in statuses:
        raise RuntimeError(f"{visitor.path} was answered with {visitor.status}")


def page(server: Server, path: str, account: dict[str, str] | None = None) -> Callable[[], None]:
    """Opening an address, signed in or not."""
    visitor = Visitor(server.port)
    if account:
        visitor.sign_in(account["email"], account["password"])

    def act() -> None:
        visitor.request("GET", path)
        expect(visitor, 200)

    return act


def signing_in(server: Server, account: dict[str, str]) -> Callable[[], None]:
    """The check of a right password."""
    visitor = Visitor(server.port)
    visitor.get("/sign-in")
    fields = visitor.form(email=account["email"], password=account["password"])
    cookies = dict(visitor.cookies)

    def act() -> None:
        visitor.cookies = dict(cookies)
        visitor.submit(fields)
        expect(visitor, 302, 303)

    return act


def last_post(server: Server, account: dict[str, str], times: int) -> Callable[[], None]:
    """The POST that stores a report: its drafts are written before, and are no part of the measurement."""
    visitor = Visitor(server.port)
    visitor.sign_in(account["email"], account["password"])
    ready: list[tuple[str, Fields]] = []
    while len(ready) < times + max(3, times // 10):
        visitor.get("/incidents/new")
        for _ in range(12):
            fields = visitor.form(**named_person(visitor.text))
            if visitor.action.endswith("/check"):
                ready.append((visitor.action, fields))
                break
            visitor.submit(fields)
            expect(visitor, 302, 303)
            visitor.get(visitor.location)
        else:
            raise RuntimeError("no page to check a report after 12 posts")

    def act() -> None:
        visitor.action, fields = ready.pop()
        visitor.submit(fields)
        expect(visitor, 303)

    return act


def named_person(page: str) -> Fields:
    """Somebody harmed, with a name, on the page that asks for people."""
    if 'name="people-0-name"' not in page:
        return {}
    return {"people-0-parts": "harmed", "people-0-class_name": "8A2", "people-0-name": "Nguyễn Thị Hoà Mai"}


def bare_filing(server: Server) -> Callable[[], None]:
    """As many rows in as many tables, committed, by an application that does nothing else."""
    visitor = Visitor(server.port)

    def act() -> None:
        visitor.request("POST", "/file", {"facts": "Em A bị đẩy ngã ở sân trường."})
        expect(visitor, 303)

    return act


@dataclass(frozen=True)
class Portal:
    """A running portal with demo data on one database, and the bare server beside it."""

    server: Server
    bare: Server
    accounts: dict[str, dict[str, str]]

    def stop(self) -> None:
        """End both."""
        self.server.stop()
        self.bare.stop()


def start(folder: Path, database: str, schools: int, incidents: int, more: int) -> Portal:
    """A demo of the wanted size on SQLite or PostgreSQL, filled up with `more` incidents, and its servers."""
    instance = folder / database / "instance"
    instance.mkdir(parents=True)
    environment = {"PORTAL_ENV": "demo", "PORTAL_INSTANCE": str(instance)}
    bare_url, processes = str(folder / database / "bare.db"), list
    if database == "postgresql":
        environment["DATABASE_URL"] = postgres.create_database("bench", "portal")
        bare_url = postgres.create_database("bench", "bare").replace("postgresql+psycopg", "postgresql")
        processes = children_of("postgres")
    run = {"cwd": ROOT, "env": {**os.environ, **environment}, "check": True, "stdout": subprocess.DEVNULL}
    flask = [str(Path(sys.executable).with_name("flask")), "--app", "school_portal"]
    size = ["--schools", str(schools), "--incidents", str(incidents), "--seed", "7"]
    subprocess.run([*flask, "db", "upgrade"], **run)
    subprocess.run([*flask, "demo", "load", *size], **run)
    subprocess.run([sys.executable, "-m", "benchmarks.filling", str(more)], **run)
    with (instance / "demo-accounts.csv").open() as file:
        accounts = {account["role"]: account for account in reversed(list(csv.DictReader(file)))}
    server = Server("school_portal:create_app()", ROOT, environment, instance / "web.log", processes)
    return Portal(server, bare_server(folder, bare_url, processes, database), accounts)


def table(portal: Portal, times: int, *, files: bool) -> None:
    """Measure, and print a line each: the job, goal, CPU, wall, CPU against its floor."""
    floor = measure(portal.bare, page(portal.bare, "/"), times * 2)
    line("bare Flask page", "", floor, floor)
    pages = [
        ("sign-in page", "3 F", "/sign-in", None),
        ("list, focal point", "10 ms", "/incidents/", "focal_point"),
        ("list, department", "10 ms", "/incidents/", "department_officer"),
        ("list, department, level 4", "10 ms", "/incidents/?severity=4", "department_officer"),
        ("first page, teacher", "", "/", "teacher"),
        ("first page, head", "", "/", "head"),
    ]
    for name, goal, path, role in pages:
        account = portal.accounts[role] if role else None
        line(name, goal, measure(portal.server, page(portal.server, path, account), times), floor)
    if files:
        bare = measure(portal.bare, bare_filing(portal.bare), times)
        line("bare filing", "", bare, floor)
        act = last_post(portal.server, portal.accounts["teacher"], times)
        line(
            "last POST of a report",
            "10 ms; 1.5 bare",
            measure(portal.server, act, times),
            bare,
            "bare filing",
        )
        check = signing_in(portal.server, portal.accounts["teacher"])
        line("sign-in check", "60 ms", measure(portal.server, check, max(10, times // 4)), floor)
    print(f"memory of web with one worker: {portal.server.memory():.0f} MB (goal with two: 200 MB)")


def line(name: str, goal: str, found: Measured, floor: Measured, of: str = "F") -> None:
    """One line of the table."""
    ratio = found.cpu / max(floor.cpu, 0.1)
    print(f"{name:<28}{goal:>16}{found.cpu:>9.1f}{found.wall:>9.1f}{ratio:>8.1f} {of}", flush=True)


def main() -> None:
    """The tables for each database and size."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--schools", type=int, default=60)
    parser.add_argument("--incidents", type=int, default=300)
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[0, 100_000], help="incidents added, a table each"
    )
    parser.add_argument("--databases", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--times", type=int, default=80)
    options = parser.parse_args()
    for database in options.databases:
        for more in options.sizes:
            print(f"\n{database}, {options.incidents + more:,} incidents")
            print(f"{'job':<28}{'goal':>16}{'CPU ms':>9}{'wall ms':>9}{'ratio':>8}")
            with tempfile.TemporaryDirectory() as name:
                portal = start(Path(name), database, options.schools, options.incidents, more)
                try:
                    table(portal, options.times, files=more == 0)
                finally:
                    portal.stop()
    postgres.stop()


if __name__ == "__main__":
    main()
