"""A plugin of pytest: modules of this checkout get what Python has on Windows.

What Windows lacks is missing for them alone: libraries chose their own way when they were
installed.
"""

import builtins
import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
OURS = tuple(str(ROOT / name) for name in ("src", "tests", "benchmarks", "notebooks", "tasks.py"))
MODULES = {
    "crypt", "curses", "fcntl", "grp", "nis", "ossaudiodev", "posix", "pty", "pwd", "readline",
    "resource", "spwd", "syslog", "termios", "tty",
}  # fmt: skip
"""Standard modules that Windows lacks (docs.python.org: "Availability: Unix")."""
NAMES = {
    "os": {
        "O_CLOEXEC", "O_DIRECTORY", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "O_SYNC", "P_PGID",
        "WEXITSTATUS", "WIFEXITED", "WIFSIGNALED", "WNOHANG", "WTERMSIG", "chown", "chroot",
        "confstr", "ctermid", "eventfd", "fchdir", "fchown", "fdatasync", "fork", "forkpty",
        "fstatvfs", "getegid", "geteuid", "getgid", "getgroups", "getloadavg", "getpgid",
        "getpgrp", "getpriority", "getresuid", "getsid", "getuid", "initgroups", "killpg",
        "lchown", "lockf", "major", "makedev", "memfd_create", "minor", "mkfifo", "mknod", "nice",
        "openpty", "pathconf", "pipe2", "posix_fadvise", "posix_fallocate", "posix_spawn", "pread",
        "pwrite", "readv", "register_at_fork", "sched_getaffinity", "sched_setaffinity",
        "sched_yield", "sendfile", "setegid", "seteuid", "setgid", "setgroups", "setpgid",
        "setpriority", "setsid", "setuid", "statvfs", "sync", "sysconf", "sysconf_names",
        "tcgetpgrp", "ttyname", "uname", "wait", "wait3", "wait4", "waitid", "writev",
    },
    "signal": {
        "ITIMER_PROF", "ITIMER_REAL", "ITIMER_VIRTUAL", "SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP",
        "SIGKILL", "SIGPIPE", "SIGPROF", "SIGQUIT", "SIGSTOP", "SIGTSTP", "SIGUSR1", "SIGUSR2",
        "SIGWINCH", "SIGXCPU", "alarm", "getitimer", "pause", "pthread_kill", "pthread_sigmask",
        "setitimer", "sigpending", "sigwait",
    },
    "mmap": {"MADV_HUGEPAGE", "MAP_ANONYMOUS", "MAP_PRIVATE", "PROT_READ", "PROT_WRITE"},
    "socket": {"AF_UNIX", "socketpair"} - {"socketpair"},
    "time": {"tzset", "pthread_getcpuclockid", "clock_settime"},
    "select": {"poll", "epoll"},
    "asyncio": {"SafeChildWatcher", "open_unix_connection", "start_unix_server"},
}  # fmt: skip
"""Names of modules that both have, and Windows has not."""

_import = builtins.__import__
_made: dict[str, ModuleType] = {}


def _as_on_windows(module: ModuleType) -> ModuleType:
    name = module.__name__
    if name not in _made:
        _made[name] = ModuleType(name, module.__doc__)
        kept = {key: value for key, value in vars(module).items() if key not in NAMES[name]}
        vars(_made[name]).update(kept)
    return _made[name]


def _imported(
    name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
) -> ModuleType:
    """``__import__`` of modules of this checkout, see above."""
    if not str((globals or {}).get("__file__", "")).startswith(OURS):
        return _import(name, globals, locals, fromlist, level)
    if level == 0 and name.partition(".")[0] in MODULES:
        raise ModuleNotFoundError(f"No module named {name!r} (as on Windows)", name=name)
    module = _import(name, globals, locals, fromlist, level)
    return _as_on_windows(module) if level == 0 and name in NAMES else module


builtins.__import__ = _imported


def pytest_collection_finish() -> None:
    """Imports what no test has imported: every module of src and benchmarks."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        if not name.endswith("__main__") and name != "fclab.store.migrations.env":  # programs
            importlib.import_module(name.removesuffix(".__init__"))
    for path in sorted((ROOT / "benchmarks").glob("*.py")):
        importlib.import_module(path.stem)
