"""Runs every benchmark and prints goal, figure and ratio."""

from __future__ import annotations

import argparse
import csv
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.server import ROOT, Server, bare_server
from benchmarks.visitor import Visitor


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


def filing(server: Server, account: dict[str, str]) -> Callable[[], None]:
    """One report from the empty form to the receipt; its last POST is the one that stores."""
    visitor = Visitor(server.port)
    visitor.sign_in(account["email"], account["password"])

    def act() -> None:
        visitor.request("GET", "/incidents/new")
        for _ in range(12):
            visitor.submit(visitor.form())
            if visitor.status in (302, 303):
                return
            expect(visitor, 200)
        raise RuntimeError("no receipt after 12 posts")

    return act


def prepare(folder: Path, schools: int, incidents: int) -> dict[str, str]:
    """A demo database of the wanted size; the environment of its server."""
    environment = {"PORTAL_ENV": "demo", "PORTAL_INSTANCE": str(folder / "instance")}
    flask = [str(Path(sys.executable).with_name("flask")), "--app", "school_portal"]
    size = ["--schools", str(schools), "--incidents", str(incidents), "--seed", "7"]
    for command in (["db", "upgrade"], ["demo", "load", *size]):
        subprocess.run([*flask, *command], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return environment


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--schools", type=int, default=60)
    parser.add_argument("--incidents", type=int, default=1000)
    parser.add_argument("--times", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = prepare(folder, options.schools, options.incidents)
        with (folder / "instance" / "demo-accounts.csv").open() as file:
            accounts = list(csv.DictReader(file))
        by_role = {account["role"]: account for account in reversed(accounts)}
        portal = Server("school_portal:create_app()", ROOT, environment, folder / "portal.log")
        bare = bare_server(folder)
        try:
            report(portal, bare, by_role, options.times)
        finally:
            portal.stop()
            bare.stop()


def report(portal: Server, bare: Server, by_role: dict[str, dict[str, str]], times: int) -> None:
    """Measure, and print a line each: the job, goal, CPU, wall, CPU against the bare page."""
    floor = measure(bare, page(bare, "/"), times * 2)
    jobs: list[tuple[str, str, Callable[[], None]]] = [
        ("sign-in page", "3 ms", page(portal, "/sign-in")),
        ("sign-in check", "60 ms", signing_in(portal, by_role["teacher"])),
        ("list, focal point", "10 ms", page(portal, "/incidents/", by_role["focal_point"])),
        ("list, department", "10 ms", page(portal, "/incidents/", by_role["department_officer"])),
        ("figures, department", "10 ms", page(portal, "/statistics/", by_role["department_officer"])),
        ("form and filing", "20 ms", filing(portal, by_role["teacher"])),
    ]
    print(f"{'job':<22}{'goal':>8}{'CPU ms':>9}{'wall ms':>9}{'x bare':>8}")
    print(f"{'bare Flask page':<22}{'':>8}{floor.cpu:>9.1f}{floor.wall:>9.1f}{1:>8.1f}")
    for name, goal, act in jobs:
        try:
            found = measure(portal, act, times)
        except RuntimeError as error:
            print(f"{name:<22}{goal:>8}  {error}")
            continue
        print(
            f"{name:<22}{goal:>8}{found.cpu:>9.1f}{found.wall:>9.1f}{found.cpu / max(floor.cpu, 0.1):>8.1f}"
        )
    print(f"memory of web with one worker: {portal.memory():.0f} MB (goal with two: 200 MB)")


if __name__ == "__main__":
    main()
