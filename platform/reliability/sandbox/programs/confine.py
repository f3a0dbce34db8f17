"""Starts a program cut off from this machine. Runs as a child of its own, with the standard library only.

Its argument is JSON: {root, folders, command, environment, limits, threads_only, folder_bytes}. In order:
1. new namespaces for users, mounts, processes, network and the rest, without any network;
2. a process inside them, whose root is an empty folder in memory with the given folders in it, read-only, and /tmp;
3. it becomes nobody, with limits on time, memory, files and processes, and can gain no privileges; with threads_only,
   no process of its own either;
4. the program takes its place.
It exits with 125 if any of this is not possible, and then the program was not started.
"""

import ctypes
import json
import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

NOT_POSSIBLE = 125
NOBODY = 65534

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
#: Flags of a mount that one made from it must keep, as `statvfs` has them and as `mount` takes them.
KEPT = ((1, 1), (2, 2), (4, 4), (8, 8), (1024, 1024), (2048, 2048), (4096, 1 << 21))
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
DEVICES = ("null", "zero", "random", "urandom")

libc = ctypes.CDLL(None, use_errno=True)
#: What sets the limits, loaded now: inside, its file cannot be seen.
rlimits = runpy.run_path(str(Path(__file__).parents[1] / "rlimits.py"))
threads_only = runpy.run_path(str(Path(__file__).parent / "threads_only.py"))


def main() -> None:
    job = json.loads(sys.argv[1])
    apart, may_go_on = os.pipe(), os.pipe()
    outer = os.fork()
    if outer == 0:
        _in_namespaces(job, apart[1], may_go_on[0])
    os.close(apart[1])
    os.read(apart[0], 1)  # nothing comes if it has failed
    _map(outer)
    os.write(may_go_on[1], b"1")
    sys.exit(_status(outer))


def _map(process: int) -> None:
    """Who is who in the namespace of the process. Root is there, too, as long as it takes to build the folder."""
    user, group, folder = os.getuid(), os.getgid(), Path(f"/proc/{process}")
    try:
        if user == 0:
            (folder / "uid_map").write_text(f"0 0 1\n{NOBODY} {NOBODY} 1\n")
            (folder / "gid_map").write_text(f"0 0 1\n{NOBODY} {NOBODY} 1\n")
        else:
            (folder / "setgroups").write_text("deny")
            (folder / "uid_map").write_text(f"{NOBODY} {user} 1")
            (folder / "gid_map").write_text(f"{NOBODY} {group} 1")
    except OSError as error:
        os.kill(process, signal.SIGKILL)
        _give_up(error)


def _in_namespaces(job: dict[str, Any], apart: int, may_go_on: int) -> NoReturn:
    try:
        _call(libc.unshare, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)
        os.write(apart, b"1")
        os.read(may_go_on, 1)
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
        first = os.fork()
        if first == 0:
            _start(job)
        os._exit(_status(first))
    except BaseException as error:
        _give_up(error)


def _start(job: dict[str, Any]) -> NoReturn:
    """As the first process of the namespace: with it all others there die."""
    _build(Path(job["root"]), [Path(folder) for folder in job["folders"]], job["folder_bytes"])
    _enter(job["root"])
    _become_nobody()
    _call(libc.prctl, PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    _call(libc.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    rlimits["limit"](**job["limits"])
    if job["threads_only"]:
        threads_only["allow_threads_only"](libc)
    os.execve(job["command"][0], job["command"], job["environment"])  # noqa: S606 - that is what it is for


def _become_nobody() -> None:
    """For root no limit of processes would hold."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def _status(process: int) -> int:
    """As a shell has it: 128 and the signal for what was killed."""
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return code if code >= 0 else 128 - code


def _give_up(error: BaseException) -> NoReturn:
    sys.stderr.write(f"{error}\n")
    sys.stderr.flush()
    os._exit(NOT_POSSIBLE)


def _build(root: Path, folders: list[Path], folder_bytes: int) -> None:
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, f"size={folder_bytes},mode=755")
    for folder in folders:
        _show(folder, root)
    for name in ("bin", "lib", "lib64"):
        if Path("/", name).is_symlink():
            (root / name).symlink_to(os.readlink(f"/{name}"))
    (root / "dev").mkdir()
    for device in DEVICES:
        (root / "dev" / device).touch()
        _mount(f"/dev/{device}", root / "dev" / device, None, MS_BIND)
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o777)


def _show(folder: Path, root: Path) -> None:
    """Read-only, under the same path."""
    place = root / folder.relative_to("/")
    place.mkdir(parents=True, exist_ok=True)
    _mount(folder, place, None, MS_BIND)
    now = os.statvfs(place).f_flag
    kept = sum(as_mount for as_seen, as_mount in KEPT if now & as_seen)
    _mount(None, place, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | kept)


def _enter(root: str) -> None:
    os.chdir(root)
    _call(libc.syscall, PIVOT_ROOT[os.uname().machine], b".", b".")
    _call(libc.umount2, b".", MNT_DETACH)
    os.chdir("/tmp")  # noqa: S108 - its own


def _mount(source: Any, target: Any, kind: str | None, flags: int, data: str = "") -> None:
    _call(
        libc.mount,
        str(source).encode() if source else None,
        str(target).encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    )


def _call(function: Any, *arguments: Any) -> None:
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}: {os.strerror(number)}")


if __name__ == "__main__":
    main()
