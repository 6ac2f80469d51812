"""What scripts/set-up.sh says and does on machines that lack something; apt, sudo and dpkg are stand-ins."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTALLS = 'echo "$@" >>calls; for p; do touch "installed-$p"; done'
REFUSES = 'echo "$@" >>calls; echo "E: Unable to locate package"; exit 100'
# A machine where all but the named packages are there, and those once apt-get has "installed" them.
DPKG = """for package; do :; done
echo "$package" >>asked
case $package in {missing}) [ -e "installed-$package" ] || exit 1 ;; esac
printf installed"""


class Machine:
    """A folder with the set-up script and a PATH of stand-ins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "bin"
        self.programs.mkdir()
        (folder / "scripts").mkdir()
        shutil.copy(ROOT / "scripts" / "set-up.sh", folder / "scripts")
        (folder / "requirements").mkdir()
        for name in ("build", "runtime", "dev"):
            (folder / "requirements" / f"{name}.txt").touch()
        self.put("python3", f'exec {sys.executable} "$@"')
        self.put("id", "echo 0")
        self.put("dpkg-query", DPKG.format(missing="nothing-at-all"))
        self.put("apt-get", INSTALLS)
        self.put("sudo", "exit 1")

    def put(self, program: str, script: str) -> None:
        path = self.programs / program
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(0o755)

    def text(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""

    def set_up(self, purpose: str = "run") -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.programs}:{os.defpath}", "HOME": str(self.folder)}
        command = ["bash", "scripts/set-up.sh", purpose]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_missing_package_is_installed_once_and_not_looked_for_again(machine: Machine) -> None:
    machine.put("dpkg-query", DPKG.format(missing="fonts-liberation2"))
    first = machine.set_up()
    assert first.returncode == 0, first.stderr
    assert "installing system packages: fonts-liberation2" in first.stdout
    calls = machine.text("calls").splitlines()
    assert [line.split()[-1] for line in calls] == ["update", "fonts-liberation2"]
    asked = machine.text("asked")
    second = machine.set_up()
    assert (second.returncode, second.stdout) == (0, "")
    assert machine.text("asked") == asked


def test_without_root_and_sudo_it_names_the_packages_and_the_command_and_stops(machine: Machine) -> None:
    machine.put("dpkg-query", DPKG.format(missing="fonts-liberation2|libpango-1.0-0"))
    machine.put("id", "echo 1000")
    done = machine.set_up()
    assert done.returncode == 1
    assert "missing: libpango-1.0-0 fonts-liberation2" in done.stderr
    assert "apt-get install --yes --no-install-recommends libpango-1.0-0 fonts-liberation2" in done.stderr
    assert not (machine.folder / ".venv").exists()
    assert machine.text("calls") == ""


def test_a_package_that_cannot_be_installed_stops_the_start_with_its_name(machine: Machine) -> None:
    machine.put("dpkg-query", DPKG.format(missing="qpdf|chromium"))
    machine.put("apt-get", REFUSES)
    done = machine.set_up("test")
    assert done.returncode == 1
    assert "could not be installed: chromium qpdf" in done.stderr
    assert "Unable to locate package" in done.stderr
    assert machine.set_up("run").returncode == 0  # what only tests need doesn't stop the portal


def test_another_python_is_refused_in_words(machine: Machine) -> None:
    for name in ("python3", "python3.11"):
        machine.put(name, 'if [ "$1" = --version ]; then echo "Python 3.9.2"; else exit 1; fi')
    done = machine.set_up()
    assert done.returncode == 1
    assert "needs Python 3.11; found: Python 3.9.2" in done.stderr


def test_a_folder_that_was_moved_gets_a_new_venv(machine: Machine) -> None:
    assert machine.set_up().returncode == 0
    configuration = machine.folder / ".venv" / "pyvenv.cfg"
    mark = machine.folder / ".venv" / "mark"
    mark.touch()
    assert machine.set_up().returncode == 0
    assert mark.exists()
    configuration.write_text(configuration.read_text().replace(str(machine.folder), "/somewhere/else"))
    done = machine.set_up()
    assert done.returncode == 0, done.stderr
    assert not mark.exists()
