"""A PostgreSQL server of our own, from the binaries of a wheel, for whoever has no server to point to.

Three locked files in the folder that holds the cluster keep any number of processes in order:

* `postgres.start`: exclusive, while somebody starts or stops the server.
* `postgres.users`: shared, as long as a process uses the server. Who can have it alone is the last user.
* `postgres.server`: exclusive, inherited by postgres and all its children. Free means that no process of the
  cluster is left, however it ended; process ids cannot tell, since they are given again after a crash.
"""

import fcntl
import os
import pwd
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from stepwell.db.embedded_place import (
    SYSTEM_FOLDER,
    Account,
    EmbeddedServerError,
    Place,
    find_place,
    make_system_folder,
    sync_folder,
)

__all__ = ["EmbeddedServer", "EmbeddedServerError"]

START_SECONDS = 300  # crash recovery of a large database takes its time
STOP_SECONDS = 60
LONGEST_SOCKET_FOLDER = 90  # bytes; with "/.s.PGSQL.5432" it must stay below 104 (macOS) or 108 (Linux)

SETTINGS = """\
# Written by Stepwell at each start. Your own settings belong into local.conf, which Stepwell never writes.
max_connections = 200
shared_buffers = 256MB
max_parallel_workers_per_gather = 0  # parallel plans cost short requests more than they save
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
logging_collector = on
log_directory = 'log'
log_filename = 'postgres-%a.log'  # a week of days, each overwritten when its day comes again
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
include_if_exists 'local.conf'

# What local.conf cannot change: nobody comes in by the network, and what was committed stays.
listen_addresses = ''
port = 5432  # only the name of the socket
unix_socket_permissions = 0700
fsync = on
synchronous_commit = on
full_page_writes = on
"""
INITDB = (
    *("--username=postgres", "--encoding=UTF8", "--no-locale", "--data-checksums"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth-local=reject", "--auth-host=reject"),
)
HOST_BASED_AUTHENTICATION = "local all stepwell peer map=stepwell\n"
FIRST_STATEMENTS = """\
CREATE ROLE stepwell LOGIN CREATEROLE CREATEDB;
CREATE DATABASE stepwell OWNER stepwell;
"""


class EmbeddedServer:
    """This process's use of the server of one data folder, from start() to release()."""

    def __init__(self, place: Place, users: int) -> None:
        self.conninfo = ""
        self._place = place
        self._users = users
        self._process = os.getpid()

    @classmethod
    def start(cls, data_dir: Path) -> "EmbeddedServer":
        """Use the server of `data_dir`: made when there is none, started when it does not run.

        Returns when it accepts connections. Raises EmbeddedServerError.
        """
        folder = data_dir.resolve()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            place = find_place(folder)
            with _locked(place.home / "postgres.start"):
                server = cls(place, _open_lock(place.home / "postgres.users"))
                fcntl.flock(server._users, fcntl.LOCK_SH)
                try:
                    server.conninfo = _make_it_run(place)
                except BaseException:
                    server._give_up()
                    raise
                return server
        except OSError as error:
            raise EmbeddedServerError(f"the embedded database cannot use {folder}: {error}") from error

    @property
    def home(self) -> Path:
        """The folder that holds the cluster: `data_dir`, or its substitute in the system's folder."""
        return self._place.home

    def binary(self, name: str) -> Path:
        """A program that fits the server, such as pg_dump."""
        path = self._place.programs / name
        if not path.is_file():
            raise EmbeddedServerError(f"the embedded PostgreSQL has no program {name}")
        return path

    def bring_back(self) -> bool:
        """Start the server again if it has ended, however that was. True when it was started now.

        Raises EmbeddedServerError.
        """
        try:
            with _locked(self._place.home / "postgres.start"):
                if self._users < 0 or not _has_ended(self._place):
                    return False
                self.conninfo = _make_it_run(self._place)
                return True
        except OSError as error:
            raise EmbeddedServerError(f"the embedded database cannot be started: {error}") from error

    def release(self) -> None:
        """Give up this process's use; the last user stops the server. A second call does nothing."""
        if self._users < 0 or os.getpid() != self._process:  # a forked child shares its parent's use
            return
        try:
            with _locked(self._place.home / "postgres.start"):
                self._give_up()
        except FileNotFoundError:  # the folder was removed: postgres notices it too, and ends
            os.close(self._users)
            self._users = -1

    def _give_up(self) -> None:
        """Under the start lock."""
        users, self._users = self._users, -1
        try:
            if _lock_at_once(users):
                _stop(self._place)
        finally:
            os.close(users)


# Locks. Who forks without exec shares a lock; who is started as a new program does not, unless told to.


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _lock_at_once(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with os.fdopen(_open_lock(path)) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# Starting and stopping. All of it happens under the start lock.


def _make_it_run(place: Place) -> str:
    """The connection string of the server, once it accepts connections."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        alive = _open_lock(place.home / "postgres.server")
        try:
            if _lock_at_once(alive):
                _start_afresh(place, alive)
        finally:
            os.close(alive)
        try:
            conninfo = _conninfo(place)
            psycopg.connect(conninfo, connect_timeout=10).close()
        except (OSError, IndexError, psycopg.OperationalError) as error:
            # It starts or ends just now (its starter was killed, or it was): wait for either.
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"the embedded database does not answer: {error}") from error
            time.sleep(0.05)
        else:
            return conninfo


def _has_ended(place: Place) -> bool:
    alive = _open_lock(place.home / "postgres.server")
    try:
        return _lock_at_once(alive)
    finally:
        os.close(alive)


def _start_afresh(place: Place, alive: int) -> None:
    """Start the server, which inherits the lock `alive`; nothing of an earlier one is left."""
    if not place.cluster.exists():
        _make_cluster(place, alive)
    sockets = _socket_folder(place)
    _write(place, "postgresql.conf", f"{SETTINGS}unix_socket_directories = '{sockets}'\n")
    _write(place, "pg_hba.conf", HOST_BASED_AUTHENTICATION)
    _write(place, "pg_ident.conf", _who_may_connect(place.account))
    # Left by a killed server. Its process id may be another program's by now, which postgres would respect.
    for stale in (place.cluster / "postmaster.pid", sockets / ".s.PGSQL.5432.lock"):
        stale.unlink(missing_ok=True)
    log = place.cluster / "start.log"
    log.unlink(missing_ok=True)
    how = ["-w", f"-t{START_SECONDS}", "-Dpostgres", "-lpostgres/start.log"]
    try:
        place.run("pg_ctl", "start", *how, keep=[alive])
    except EmbeddedServerError as error:
        newest = sorted((place.cluster / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)[-1:]
        said = "".join(path.read_text(errors="replace")[-1000:] for path in [log, *newest] if path.exists())
        raise EmbeddedServerError(f"{error}\n{said}") from None


def _stop(place: Place) -> None:
    """End every connection and stop the server; nothing to do when it has ended already."""
    deadline = time.monotonic() + STOP_SECONDS
    alive = _open_lock(place.home / "postgres.server")
    try:
        while not _lock_at_once(alive):
            try:
                place.run("pg_ctl", "stop", "-w", f"-t{STOP_SECONDS}", "-mfast", "-Dpostgres")
                break
            except EmbeddedServerError:  # so early in its start, or so late in its end, that it has no file
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        with suppress(OSError):
            _socket_path(place).rmdir()
    finally:
        os.close(alive)


def _conninfo(place: Place) -> str:
    # The running server knows its socket folder best: its starter may have had another temporary folder.
    sockets = (place.cluster / "postmaster.pid").read_text().splitlines()[4]
    return make_conninfo(
        host=sockets, port=5432, user="stepwell", dbname="stepwell", requirepeer=place.account.name
    )


def _make_cluster(place: Place, alive: int) -> None:
    """Make the cluster under another name and rename it when it is complete: half a one never counts."""
    draft = place.home / "postgres.new"
    if draft.exists():
        shutil.rmtree(draft)
    _make_private_folder(draft, place.account)
    place.run("initdb", *INITDB, "--pgdata=postgres.new", keep=[alive])
    # In single-user mode, so that no connection as superuser is ever allowed.
    alone = ["--single", "-Dpostgres.new", "-cexit_on_error=on", "postgres"]
    place.run("postgres", *alone, text=FIRST_STATEMENTS, keep=[alive])
    draft.rename(place.cluster)
    sync_folder(place.home)


def _who_may_connect(account: Account) -> str:
    # Root may become any user anyway; so a server that its user started also serves root.
    names = (account.name, pwd.getpwuid(0).pw_name)
    return "".join(f'stepwell "{name}" stepwell\n' for name in names)


def _write(place: Place, name: str, text: str) -> None:
    """Replace a file of the cluster, never following a link that lies there (we may be root)."""
    handle, draft = tempfile.mkstemp(prefix=name, dir=place.cluster)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        os.fchown(handle, place.account.uid, place.account.gid)
    Path(draft).replace(place.cluster / name)


def _make_private_folder(folder: Path, account: Account) -> None:
    folder.mkdir(mode=0o700)
    os.chown(folder, account.uid, account.gid)


def _socket_path(place: Place) -> Path:
    folder = place.home / "postgres.socket"
    fits = len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER
    if fits and re.fullmatch(r"[\w./-]+", str(folder), re.ASCII):  # libpq splits at commas
        return folder
    base = SYSTEM_FOLDER if os.getuid() == 0 else Path(tempfile.gettempdir())
    return base / f"stepwell-{sha256(os.fsencode(place.home)).hexdigest()[:16]}"


def _socket_folder(place: Place) -> Path:
    """A folder that only the account (and root) can enter, with a path that fits into a socket's address."""
    folder = _socket_path(place)
    if folder.parent == SYSTEM_FOLDER:
        make_system_folder()
    with suppress(FileExistsError):
        _make_private_folder(folder, place.account)
    state = folder.lstat()
    if state.st_mode & 0o170777 != 0o040700 or state.st_uid != place.account.uid:
        raise EmbeddedServerError(
            f"{folder} must be a folder with mode 0700 that belongs to {place.account.name}: remove it"
        )
    return folder
