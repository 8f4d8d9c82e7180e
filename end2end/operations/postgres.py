"""A Postgres cluster of the tests' own, with Debian's programs."""

import json
import os
import signal
import subprocess
from pathlib import Path

from machine import as_account, children, free_port, give, program

SETTINGS = """
listen_addresses = '127.0.0.1'
max_connections = 120
# Processes are killed here, not machines: what the kernel has been given stays.
fsync = off
log_min_messages = error
"""


def _newest():
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").is_file()]
    return sorted(versions, key=lambda path: int(path.parent.name))[-1:]


class Cluster:
    """A cluster that runs, and can be treated badly."""

    def __init__(self, folder):
        self.folder = give(folder)
        self.port = free_port()
        self._run("initdb", "--pgdata", self.data, "--username", "vasari", "--auth", "trust", "--encoding", "UTF8", "--no-sync")
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as settings:
            settings.write(f"{SETTINGS}port = {self.port}\nunix_socket_directories = '{self.folder}'\n")
        self.start()

    @property
    def data(self):
        return self.folder / "data"

    def _run(self, name, *arguments):
        done = subprocess.run(
            [program(name, *_newest()), *arguments],
            **as_account(), cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{name}: {done.stderr}"

    def _control(self, *arguments):
        self._run("pg_ctl", "--pgdata", self.data, "--wait", "--log", self.folder / "log", *arguments)

    def start(self):
        self._control("start")

    def stop(self):
        self._control("stop", "--mode", "immediate")

    def restart(self, mode="immediate"):
        """Starts it again; in the mode `immediate` what ran is aborted, as by a crash."""
        self._control("restart", "--mode", mode)

    def create(self, database):
        """Makes an empty database, and gives its URL."""
        self.query(f'CREATE DATABASE "{database}"', "postgres")
        return self.url(database)

    def url(self, database):
        return f"postgres://vasari@127.0.0.1:{self.port}/{database}"

    def psql(self, database, *arguments):
        """Runs psql, and gives what it prints."""
        command = [program("psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]
        command += ["--set", "ON_ERROR_STOP=1", *arguments, self.url(database)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def query(self, statement, database):
        """What a statement gives: of the first row the first column, as text."""
        return self.psql(database, "--command", statement)

    def rows(self, query, database):
        """The rows that a query gives, as objects."""
        return json.loads(self.query(f"SELECT coalesce(json_agg(r), '[]') FROM ({query}) r", database))

    def cut(self, database):
        """Ends all connections to the database."""
        others = f"datname = '{database}' AND pid <> pg_backend_pid()"
        self.query(f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {others}", database)

    def freeze(self):
        """Stops all its processes where they are; who connects finds nobody."""
        self._signal(signal.SIGSTOP)

    def thaw(self):
        self._signal(signal.SIGCONT)

    def _signal(self, kind):
        first = int((self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        # The first process first: it would start others meanwhile.
        for process in [first, *children(first)]:
            try:
                os.kill(process, kind)
            except ProcessLookupError:
                pass
