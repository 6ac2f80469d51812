"""Documents: warm against cold, two processes against one, the store against the layout, the province, and the web
meanwhile. Run by `python -m benchmarks.documents`; a demo of 1,000 schools is made first.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import select

from benchmarks.server import ROOT, TICK, Server
from benchmarks.visitor import Visitor
from school_portal import create_app
from school_portal.accounts import policy as visible_people
from school_portal.accounts import queries as accounts
from school_portal.accounts.models import User
from school_portal.core.actor import SYSTEM
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import today
from school_portal.core.crypto import seal_bytes
from school_portal.core.db import database
from school_portal.core.drawing import ASSETS_FOLDER, DrawingProcess
from school_portal.core.files import files
from school_portal.core.pdf import LARGE
from school_portal.incidents.models import Incident
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import school_year_of
from school_portal.reports import service
from school_portal.reports.domain import SEAL_LABEL, MadeFile, Order
from school_portal.reports.rendering import fill, fingerprint, hash_content

PLAIN = """
import sys
from weasyprint import HTML
HTML(string=sys.stdin.read(), base_url=sys.argv[1]).write_pdf(sys.argv[2], pdf_tags=True, pdf_version="1.7")
"""
"""One plain call of the library in a process of its own: what a province's report would cost without an engine."""


def page(kind: str, code: str, period: str, subject: bool = False) -> str:
    """The filled page of a document."""
    with database.transaction(write=False) as session:
        unit = organisations.find_by_code(session, SYSTEM, code)
        case = None
        if subject:
            wanted = select(Incident.id).where(Incident.organisation_id == unit.id)
            case = session.scalars(scope(wanted, everybody(Incident.org_path)).limit(1)).one()
        document = service.read_document(session, SYSTEM, Order(kind, unit.id, period, "vi", case))
    return fill(document)


def cpu_of(process: DrawingProcess) -> float:
    """Milliseconds of CPU that the drawing process has used since it began."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def warm_and_cold(name: str, goal: float, html: str, times: int) -> None:
    """CPU of a document in a process that is warm, and in a fresh one with its start."""
    cold = []
    for _ in range(5):
        process = DrawingProcess("document")
        process.draw(html.encode(), LARGE)
        cold.append(cpu_of(process))
        process.stop()
    process = DrawingProcess("document")
    process.draw(html.encode(), LARGE)
    before = cpu_of(process)
    for _ in range(times):
        process.draw(html.encode(), LARGE)
    warm = (cpu_of(process) - before) / times
    process.stop()
    middle = statistics.median(cold)
    print(
        f"{name}: warm {warm:.0f} ms, cold {middle:.0f} ms CPU; ratio {warm / middle:.2f} (goal {goal:.2f})",
    )


def two_against_one(html: str, times: int) -> None:
    """Documents a second of two warm processes, against one."""

    def rate(number: int) -> float:
        processes = [DrawingProcess("document") for _ in range(number)]
        for process in processes:
            process.draw(html.encode(), LARGE)

        def work(process: DrawingProcess) -> None:
            for _ in range(times):
                process.draw(html.encode(), LARGE)

        begin = time.perf_counter()
        with ThreadPoolExecutor(number) as pool:
            list(pool.map(work, processes))
        spent = time.perf_counter() - begin
        for process in processes:
            process.stop()
        return number * times / spent

    one, two = rate(1), rate(2)
    print(
        f"two processes: {two:.2f} documents a second, one: {one:.2f}; ratio {two / one:.2f} (goal 1.85)",
    )


def from_the_store(html: str, order: Order, email: str) -> None:
    """The page's hash, the search for it, reading and opening the stored file; against laying it out."""
    process = DrawingProcess("document")
    process.draw(html.encode(), LARGE)
    before = cpu_of(process)
    pdf = process.draw(html.encode(), LARGE)
    drawn = cpu_of(process) - before
    process.stop()
    with database.transaction() as session:
        person = session.scalars(
            scope(select(User.id), visible_people.named_to(SYSTEM)).where(User.email == email)
        ).one()
        actor = accounts.actor_of(session, person)
        if actor is None:
            raise RuntimeError("the officer of the demo has no post")
        asked = service.request_report(session, actor, order)
        claim = service.claim_report(session, SYSTEM, asked.id)
    if claim is None:
        raise RuntimeError("the request was taken by somebody else")
    files.store(claim.file_key, seal_bytes(SEAL_LABEL, claim.report_id, pdf))
    made = MadeFile(claim.file_key, len(pdf), fingerprint(pdf), hash_content(html))
    with database.transaction() as session:
        service.finish_report(session, SYSTEM, claim, made)
    begin = time.process_time()
    for _ in range(20):
        with database.transaction(write=False) as session:
            if service.find_same_pdf(session, SYSTEM, hash_content(html)) != pdf:
                raise RuntimeError("the stored document was not found")
    hit = (time.process_time() - begin) * 1000 / 20
    print(
        f"same page again: {hit:.1f} ms, laid out {drawn:.0f} ms CPU; ratio {hit / drawn:.3f} (goal 0.01)",
    )


def province(html: str, folder: Path) -> None:
    """Wall, CPU and memory of the province's report, against one plain call of the library."""
    process = DrawingProcess("document")
    process.draw(b"<p>.</p>", LARGE)
    before, begin = cpu_of(process), time.perf_counter()
    pdf = process.draw(html.encode(), LARGE)
    wall, spent = time.perf_counter() - begin, (cpu_of(process) - before) / 1000
    status = Path(f"/proc/{process.pid}/status").read_text()
    memory = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024
    process.stop()
    before_plain = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    styled = html.replace("https://assets.invalid/", f"{ASSETS_FOLDER.as_uri()}/")
    output = folder / "plain.pdf"
    command = [sys.executable, "-c", PLAIN, f"{ASSETS_FOLDER.as_uri()}/", str(output)]
    subprocess.run(command, input=styled.encode(), check=True)
    plain_wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    plain = after.ru_utime + after.ru_stime - before_plain.ru_utime - before_plain.ru_stime
    print(
        f"province, {len(html) // 1024} kB of page, {len(pdf) // 1024} kB of PDF: "
        f"wall {wall:.1f} s, CPU {spent:.1f} s, {memory:.0f} MB; "
        f"plain call in a fresh process: wall {plain_wall:.1f} s, CPU {plain:.1f} s; "
        f"wall ratio {wall / plain_wall:.2f}",
    )


def web_meanwhile(server: Server, account: dict[str, str], html: str, times: int) -> None:
    """95 of 100 pages are answered within this time, alone and while a process draws the province again and again."""
    visitor = Visitor(server.port)
    visitor.sign_in(account["email"], account["password"])

    def p95() -> float:
        walls = []
        for _ in range(times):
            begin = time.perf_counter()
            visitor.get("/incidents/")
            walls.append((time.perf_counter() - begin) * 1000)
            time.sleep(0.01)
        return statistics.quantiles(walls, n=20)[-1]

    p95()
    done = threading.Event()
    process = DrawingProcess("document")
    process.draw(b"<p>.</p>", LARGE)

    def draw() -> None:
        while not done.is_set():
            process.draw(html.encode(), LARGE)

    alone, meanwhile = [], []
    for _ in range(3):
        alone.append(p95())
        done.clear()
        thread = threading.Thread(target=draw)
        thread.start()
        meanwhile.append(p95())
        done.set()
        thread.join()
    process.stop()
    before, beside = statistics.median(alone), statistics.median(meanwhile)
    print(
        f"the officer's list, p95: alone {before:.1f} ms, while a province is drawn {beside:.1f} ms; "
        f"{100 * (beside / before - 1):+.0f} % (goal +10 %)",
    )


def main() -> None:
    """Make the demo, then every figure once."""
    parser = argparse.ArgumentParser(prog="benchmarks.documents", description=__doc__)
    parser.add_argument("--schools", type=int, default=1000)
    parser.add_argument("--incidents", type=int, default=2000)
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        instance = folder / "instance"
        instance.mkdir()
        environment = {"PORTAL_ENV": "demo", "PORTAL_INSTANCE": str(instance)}
        os.environ |= environment
        flask = [str(Path(sys.executable).with_name("flask")), "--app", "school_portal"]
        size = ["--schools", str(options.schools), "--incidents", str(options.incidents), "--seed", "7"]
        for words in (["db", "upgrade"], ["demo", "load", *size]):
            subprocess.run([*flask, *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        create_app()
        with (instance / "demo-accounts.csv").open() as file:
            accounts_of = {account["role"]: account for account in reversed(list(csv.DictReader(file)))}
        school = accounts_of["head"]["organisation_code"]
        year = school_year_of(today())
        letter = page("incident-file", school, year.code, subject=True)
        warm_and_cold("letter (case file)", 0.30, letter, options.times)
        term = page("term-report", school, year.code)
        warm_and_cold("term report of a school", 0.60, term, options.times)
        two_against_one(term, options.times)
        department = accounts_of["department_officer"]
        whole = page("term-report", department["organisation_code"], year.code)
        with database.transaction(write=False) as session:
            unit = organisations.find_by_code(session, SYSTEM, department["organisation_code"])
        from_the_store(whole, Order("term-report", unit.id, year.code, "vi"), department["email"])
        province(whole, folder)
        server = Server("school_portal:create_app()", ROOT, environment, instance / "web.log")
        try:
            web_meanwhile(server, department, whole, options.times * 10)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
