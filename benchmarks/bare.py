"""What refers to nothing of the portal: a bare page, and bare filing on either database, the floors of the ratios."""

from __future__ import annotations

BARE = '''
import os, uuid, datetime, sqlite3
from flask import Flask, request

URL = os.environ.get("BARE_DATABASE", "")
TABLES = {
    "incident": 30, "person": 8, "involvement": 16, "token": 3, "notice": 9, "tally": 5, "audit": 9,
}
ROWS = {"incident": 1, "person": 2, "involvement": 2, "token": 6, "notice": 2, "tally": 24, "audit": 1}
PLACE = "%s" if URL.startswith("postgresql") else "?"


def connect():
    if URL.startswith("postgresql"):
        import psycopg
        return psycopg.connect(URL)
    connection = sqlite3.connect(URL, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def insert_of(name, columns):
    return f"INSERT INTO {name} VALUES ({', '.join([PLACE] * columns)})"


def create_app():
    app = Flask("bare")
    app.add_url_rule("/", view_func=lambda: "<!doctype html><title>bare</title><h1>bare</h1>")
    if URL:
        connection = connect()
        for name, columns in TABLES.items():
            fields = ", ".join(f"c{n} text" for n in range(columns))
            connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({fields})")
            connection.execute(f"CREATE INDEX IF NOT EXISTS ix_{name} ON {name} (c0, c1)")
        connection.commit()
        connection.close()
    app.add_url_rule("/file", view_func=file_one, methods=["POST"])
    return app


kept = []


def file_one():
    """One committed filing: as many rows in as many tables as the portal writes, and nothing else."""
    if not kept:
        kept.append(connect())
    connection = kept[0]
    if not URL.startswith("postgresql"):
        connection.execute("BEGIN IMMEDIATE")
    cursor = connection.cursor()
    for name, columns in TABLES.items():
        values = [[uuid.uuid4().hex, *[request.form.get("facts", "")[:40]] * (columns - 1)] for _ in range(ROWS[name])]
        cursor.executemany(insert_of(name, columns), values)
    connection.commit()
    return "", 303, {"Location": "/"}
'''
