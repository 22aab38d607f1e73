"""What the bench needs: programs, the peers' packages, and the books."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from urllib.parse import urlsplit

import books
import psycopg2
from contenders import HERE, ROOT, WORK

DATABASE = "postgres://postgres@127.0.0.1:5432/tillsight_bench"
PROGRAMS = {
    "wrk": "the load generator (Debian: apt-get install wrk)",
    "node": "Node.js 20 or newer, for PostGraphile and Mercurius",
    "npm": "npm, which comes with Node.js",
}


def prepare(database: str) -> None:
    """Install what is missing and fill the database, once.

    Raises: SystemExit, with what only a person can install.
    """
    missing = [f"  {name}: {what}" for name, what in PROGRAMS.items() if not shutil.which(name)]
    if missing:
        raise SystemExit("\n".join(["The bench needs", *missing]))
    install_venv("venv", "requirements.txt")
    install_venv("venv-graphene", "requirements-graphene.txt")
    for folder in (HERE / "node").iterdir():
        if not (folder / "node_modules" / ".package-lock.json").exists():
            run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", cwd=folder)
    fill(database)


def install_venv(name: str, requirements: str) -> None:
    """Put the peers' Python packages where they meet none of the product's own."""
    pins = (HERE / "peers" / requirements).read_text()
    stamp = WORK / name / "installed.txt"
    if stamp.exists() and stamp.read_text() == pins:
        return
    python = WORK / name / "bin" / "python"
    run(sys.executable, "-m", "venv", str(WORK / name))
    run(str(python), "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check", "--no-deps", "-r",
        str(HERE / "peers" / requirements))  # fmt: skip
    stamp.write_text(pins)


def fill(database: str) -> None:
    """Make the database and the books in it, unless they are there."""
    name = urlsplit(database).path.lstrip("/")
    try:
        server = psycopg2.connect(urlsplit(database)._replace(path="/postgres").geturl())
    except psycopg2.OperationalError as error:
        where = "another address in BENCH_DATABASE_URL"
        raise SystemExit(f"The bench needs PostgreSQL at {database}, or {where}: {error}") from None
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f'CREATE DATABASE "{name}" ENCODING UTF8 TEMPLATE template0')
    server.close()
    environment = {**os.environ, "DATABASE_URL": database, "DATA_DIR": str(WORK / "data")}
    run(sys.executable, "manage.py", "migrate", "--verbosity", "0", env=environment, cwd=ROOT)
    connection = psycopg2.connect(database)
    kept = [sys.executable, "manage.py", "rebuild_rollups"]  # the peers and COPY pass the product's sums by
    if not books.filled(connection):
        sys.stderr.write("Filling the database, which takes a minute or two.\n")
        books.fill(connection)
        run(*kept, env=environment, cwd=ROOT)
    run(*kept, "--store", str(books.DESK), env=environment, cwd=ROOT)
    with connection, connection.cursor() as cursor:
        cursor.execute((HERE / "peers.sql").read_text())
    connection.close()


def run(*command: str, **options: object) -> None:
    try:
        subprocess.run(command, check=True, **options)  # type: ignore[call-overload]
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"{' '.join(command)} ended with {error.returncode}.") from None
