"""The PostgreSQL that the tests start for themselves: strict, private, and gone when its run is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests import postgres

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.postgresql

RUN = """
import sys, time
from tests import postgres
print(postgres.postgres_url("main", "run"), flush=True)
time.sleep(60)
"""


def test_a_worker_gets_a_copy_of_its_template_and_nothing_of_another_worker(worker_id: str) -> None:
    template = sa.create_engine(postgres.postgres_url(worker_id, "pattern"))
    with template.begin() as connection:
        connection.execute(sa.text("CREATE TABLE unit (name text)"))
        connection.execute(sa.text("INSERT INTO unit VALUES ('Mai')"))
    template.dispose()
    copy = sa.create_engine(postgres.create_database(worker_id, "set_up_copy", like="pattern"))
    with copy.begin() as connection:
        assert connection.execute(sa.text("SELECT name FROM unit")).scalars().all() == ["Mai"]
    copy.dispose()
    other = sa.create_engine(postgres.create_database(f"{worker_id}x", "set_up_copy"))
    assert sa.inspect(other).get_table_names() == []
    other.dispose()
    for owner, name in [(worker_id, "pattern"), (worker_id, "set_up_copy"), (f"{worker_id}x", "set_up_copy")]:
        postgres.drop_database(owner, name)


def test_the_server_sorts_as_vietnamese_does_and_listens_to_nobody_else(worker_id: str) -> None:
    engine = sa.create_engine(postgres.postgres_url(worker_id, "set_up_settings"))
    with engine.connect() as connection:
        letters = connection.execute(sa.text("SELECT x FROM (VALUES ('e'), ('đ'), ('d')) AS v(x) ORDER BY x"))
        assert letters.scalars().all() == ["d", "đ", "e"]
        assert connection.execute(sa.text("SHOW listen_addresses")).scalar() == ""
        assert connection.execute(sa.text("SHOW timezone")).scalar() == "Asia/Ho_Chi_Minh"
        assert connection.execute(sa.text("SHOW server_version_num")).scalar()[:2] == "15"
    engine.dispose()
    postgres.drop_database(worker_id, "set_up_settings")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_the_server_and_its_folder_are_gone_when_their_run_is_gone(ending: signal.Signals) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")}
    run = subprocess.Popen(
        [sys.executable, "-c", RUN], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    folder = Path(run.stdout.readline().strip().partition("host=")[2]).parent
    assert (folder / "ready").exists()
    server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    run.send_signal(ending)
    run.wait()
    run.stdout.close()
    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()
    assert not Path(f"/proc/{server}").exists()
