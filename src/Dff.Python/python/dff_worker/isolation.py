"""Keeps user code apart from the server: users or namespaces, limits, a clean environment."""

import ctypes
import os
import resource
import signal

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID = 0x00020000, 0x10000000, 0x20000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18

_libc = ctypes.CDLL(None, use_errno=True)

#: Where the workers' own descriptors live, out of the way of user code that closes low numbers.
FIRST_OWN_FD = 200


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def prctl(option: int, value: int) -> None:
    _checked(_libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)), f"prctl({option})")


def unshare(flags: int) -> None:
    _checked(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind, flags: int, data=None) -> None:
    encode = lambda text: None if text is None else text.encode()  # noqa: E731
    _checked(_libc.mount(encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(data)), f"mount {target}")


def enter_user_namespace() -> None:
    """Own user, mount and PID namespaces for the zygote and all workers; the user stays who they are."""
    uid, gid = os.getuid(), os.getgid()
    unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {uid} 1")
    _write("/proc/self/gid_map", f"{gid} {gid} 1")


def hide_data(data_dir: str, visible) -> None:
    """Mounts an empty directory over the server's data, and what scripts may see back into it."""
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    kept = [(os.open(path, os.O_PATH | os.O_DIRECTORY), path) for path in visible if os.path.isdir(path) and path.startswith(data_dir + "/")]
    mount("tmpfs", data_dir, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64k,mode=755")
    for handle, path in kept:
        os.makedirs(path, exist_ok=True)
        mount(f"/proc/self/fd/{handle}", path, None, MS_BIND | MS_REC)
        os.close(handle)


def own_pid_namespace(zygote_namespace: int) -> None:
    """Makes the next fork the first process of a new PID namespace, with which everything in it dies."""
    _checked(_libc.setns(zygote_namespace, CLONE_NEWPID), "setns")
    unshare(CLONE_NEWPID)


def mount_own_proc() -> None:
    unshare(CLONE_NEWNS)
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)


def drop_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()
    _checked(_libc.capset(header, data), "capset")


def drop_to(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def limit(settings: dict, processes: int) -> None:
    """Resource limits of one worker and all it starts."""
    megabytes = settings["memoryLimitMb"] * 1024 * 1024
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_DATA, megabytes)
    _limit(resource.RLIMIT_AS, 2 * megabytes + 4 * 1024**3)
    _limit(resource.RLIMIT_FSIZE, settings["maxFileBytes"])
    _limit(resource.RLIMIT_NOFILE, settings["maxFiles"])
    _limit(resource.RLIMIT_NPROC, processes)
    _write("/proc/self/oom_score_adj", "800")


def reset_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL if number not in (signal.SIGPIPE, signal.SIGINT) else signal.SIG_IGN)
    signal.set_wakeup_fd(-1)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def clean_environment(temp: str) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "TZ") if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, HOME=temp, TMPDIR=temp, LANG="C.UTF-8", PYTHONDONTWRITEBYTECODE="1")


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(kind, (most, most))


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w") as file:
            file.write(text)
    except OSError:
        if not path.endswith("oom_score_adj"):
            raise
