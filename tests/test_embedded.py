import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from stepwell.db import embedded, embedded_place
from stepwell.db.embedded import EmbeddedServer, EmbeddedServerError

OTHER_PROCESS = """
import sys
from pathlib import Path
from stepwell.db.embedded import EmbeddedServer
server = EmbeddedServer.start(Path(sys.argv[1]))
print(server.conninfo, flush=True)
sys.stdin.readline()
server.release()
"""


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A data folder within reach of every user, as pytest's own folders are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder, "data")


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with reachable_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedServer]:
    """A server that stays in use; what an interrupted initdb left lay in its way."""
    with reachable_folder() as folder:
        (folder / "postgres.new" / "base").mkdir(parents=True)
        (folder / "postgres.new" / "PG_VERSION").write_text("18\n")
        server = EmbeddedServer.start(folder)
        yield server
        server.release()


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])


def is_free(data_dir: Path, name: str) -> bool:
    """Whether nobody holds the lock `name`."""
    lock = embedded._open_lock(data_dir / name)
    try:
        return embedded._lock_at_once(lock)
    finally:
        os.close(lock)


def ask(server: EmbeddedServer, question: str) -> str:
    with psycopg.connect(server.conninfo) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return str(row[0])


@contextmanager
def other_users(data_dir: Path, number: int) -> Iterator[list["subprocess.Popen[str]"]]:
    """Other processes that start the server at once, and use it until they read a line or its end."""
    command = [sys.executable, "-c", OTHER_PROCESS, str(data_dir)]
    pipe = subprocess.PIPE
    with ExitStack() as stack:
        yield [
            stack.enter_context(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True))
            for _ in range(number)
        ]


def first_line(other: "subprocess.Popen[str]") -> str:
    assert other.stdout is not None
    return other.stdout.readline().strip()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", ""),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("max_connections", "200"),
        ("shared_buffers", "256MB"),
        ("max_parallel_workers_per_gather", "0"),
        ("jit", "off"),
    ],
)
def test_the_server_runs_with_our_settings(running: EmbeddedServer, setting: str, value: str) -> None:
    assert ask(running, f"SHOW {setting}") == value


def test_stepwell_owns_its_database_and_is_no_superuser(running: EmbeddedServer) -> None:
    assert ask(running, "SELECT current_user || ' ' || current_database()") == "stepwell stepwell"
    owner = "SELECT datdba::regrole FROM pg_database WHERE datname = current_database()"
    assert ask(running, owner) == "stepwell"
    assert ask(running, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == "False"


def test_text_is_sorted_by_code_point_and_known_beyond_ascii(running: EmbeddedServer) -> None:
    assert ask(running, "SELECT upper('ärger') || ('Z' < 'a')") == "ÄRGERtrue"


def test_nobody_comes_in_as_superuser(running: EmbeddedServer) -> None:
    with pytest.raises(psycopg.OperationalError, match="no pg_hba"):
        psycopg.connect(running.conninfo, user="postgres", dbname="postgres")


def test_folders_are_private(running: EmbeddedServer) -> None:
    home = running.home
    for name in ("postgres", "postgres.socket"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o700
    assert f"host={home}/postgres.socket" in running.conninfo
    assert not (home / "postgres.new").exists()


def test_the_server_lets_in_nobody_but_the_account_that_starts_it(running: EmbeddedServer) -> None:
    cluster = running.home / "postgres"
    rules = [line.split() for line in (cluster / "pg_hba.conf").read_text().splitlines() if line.strip()]
    assert [rule for rule in rules if rule[0] != "#"] == [
        ["local", "all", "stepwell", "peer", "map=stepwell"]
    ]
    people = {
        line.split()[1].strip('"')
        for line in (cluster / "pg_ident.conf").read_text().splitlines()
        if line.strip()
    }
    assert people <= {pwd.getpwuid(os.getuid()).pw_name, pwd.getpwuid(cluster.stat().st_uid).pw_name}
    if os.getuid() == 0:  # who is not cannot act as somebody else
        another_user_is_refused_by_the_folder_and_by_the_server(running)


def another_user_is_refused_by_the_folder_and_by_the_server(running: EmbeddedServer) -> None:
    conninfo = re.sub(r" requirepeer=\S+", "", running.conninfo)
    command = [str(running.binary("psql")), conninfo, "-c", "SELECT 1"]

    def said_to_nobody() -> str:
        done = subprocess.run(
            command, user="nobody", extra_groups=[], cwd="/", capture_output=True, text=True, check=False
        )
        assert done.returncode != 0
        return done.stderr

    assert "Permission denied" in said_to_nobody()
    sockets = running.home / "postgres.socket"
    try:  # even with the folder wide open
        sockets.chmod(0o755)
        (sockets / ".s.PGSQL.5432").chmod(0o777)
        assert "Peer authentication failed" in said_to_nobody()
    finally:
        (sockets / ".s.PGSQL.5432").chmod(0o700)
        sockets.chmod(0o700)


def test_programs_that_fit_the_server_are_found(running: EmbeddedServer) -> None:
    command = [str(running.binary("pg_dump")), "--schema-only", "-d", running.conninfo]
    assert "PostgreSQL database dump complete" in subprocess.check_output(command, text=True)
    with pytest.raises(EmbeddedServerError, match="no program mysqldump"):
        running.binary("mysqldump")


def test_the_server_is_not_in_our_session(running: EmbeddedServer) -> None:
    assert os.getsid(postmaster(running.home)) != os.getsid(0)


def test_processes_share_one_server_and_the_last_one_stops_it(data_dir: Path) -> None:
    server = EmbeddedServer.start(data_dir)
    with other_users(data_dir, 3) as others:
        assert {first_line(other) for other in others} == {server.conninfo}
        server.release()
        server.release()  # the second time changes nothing
        assert ask(server, "SELECT 1") == "1"  # the others still use it

        others[0].kill()
        for other in others[1:]:
            assert not is_free(data_dir, "postgres.server")
            other.communicate("\n", timeout=20)
            assert other.returncode == 0
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


def test_many_may_start_at_once_and_what_was_committed_survives_kill_9(data_dir: Path) -> None:
    with other_users(data_dir, 3) as others:
        server = EmbeddedServer.start(data_dir)
        assert {first_line(other) for other in others} == {server.conninfo}
        with psycopg.connect(server.conninfo) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'this' AS word")
        killed = postmaster(data_dir)
        os.kill(killed, signal.SIGKILL)

        began = time.monotonic()
        again = EmbeddedServer.start(data_dir)  # at once: stale files and dying children are still around
        assert time.monotonic() - began < 3
        assert postmaster(data_dir) != killed
        assert ask(again, "SELECT word FROM kept") == "this"
    server.release()
    assert ask(again, "SELECT word FROM kept") == "this"
    again.release()
    assert is_free(data_dir, "postgres.users")


def test_a_process_id_that_was_given_again_does_not_stop_a_start(data_dir: Path) -> None:
    server = EmbeddedServer.start(data_dir)
    file = data_dir / "postgres" / "postmaster.pid"
    lines = file.read_text().splitlines()
    server.release()
    place = embedded.find_place(data_dir)
    with subprocess.Popen(["sleep", "60"], user=place.account.uid) as unrelated:
        try:
            for stale in (file, embedded._socket_folder(place) / ".s.PGSQL.5432.lock"):
                stale.write_text("\n".join([str(unrelated.pid), *lines[1:]]))
            EmbeddedServer.start(data_dir).release()
            assert unrelated.poll() is None
        finally:
            unrelated.kill()


def test_a_folder_that_nobody_else_can_enter_serves_its_owner_and_root_gets_a_substitute(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o700)
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    if os.getuid() == 0:
        a_folder_that_postgres_cannot_enter_gets_a_substitute(tmp_path, data_dir)
        return
    assert embedded.find_place(data_dir).home == data_dir
    (data_dir / embedded_place.POINTER).write_text("0123456789abcdef")
    with pytest.raises(EmbeddedServerError, match="start Stepwell as root"):
        embedded.find_place(data_dir)


def a_folder_that_postgres_cannot_enter_gets_a_substitute(tmp_path: Path, data_dir: Path) -> None:
    place = embedded.find_place(data_dir)
    try:
        assert place.home.parent == embedded_place.SYSTEM_FOLDER
        assert place.account.uid != 0
        tmp_path.chmod(0o755)
        assert embedded.find_place(data_dir) == place  # it stays where it was
    finally:
        shutil.rmtree(place.home)


@pytest.mark.parametrize("name", ["x" * 90, "with, comma", "with space"])
def test_a_path_no_socket_can_have_gets_a_short_one(tmp_path: Path, name: str) -> None:
    account = embedded_place.account_of(os.getuid())
    place = embedded_place.Place(tmp_path / name, account, tmp_path)
    folder = embedded._socket_folder(place)
    try:
        assert len(str(folder)) < 60
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        folder.chmod(0o755)
        with pytest.raises(EmbeddedServerError, match="mode 0700"):
            embedded._socket_folder(place)
    finally:
        folder.rmdir()


def test_a_data_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedServerError, match="cannot use"):
        EmbeddedServer.start(tmp_path / "file" / "data")
