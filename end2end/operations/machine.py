"""What the tests need of the machine: free ports, an account without root's rights, folders that it may enter."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path


def free_port():
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def account():
    """The account for programs that refuse to be root's; none where the tests don't run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(pwd.getpwnam(name) for name in ("postgres", "nobody") if name in names)


def as_account():
    """What starts a process as that account."""
    found = account()
    return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []} if found else {}


def give(folder):
    """Makes the folder, which belongs to that account."""
    folder.mkdir(exist_ok=True)
    if found := account():
        os.chown(folder, found.pw_uid, found.pw_gid)
    return folder


def program(name, *folders):
    """The path of an installed program, which is on the path or in one of these folders."""
    for folder in folders:
        if (found := Path(folder) / name).is_file():
            return found
    found = shutil.which(name)
    assert found, f"{name} is missing; `cargo xtask test --only operations` installs it as root on Debian"
    return Path(found)


def wait_until(condition, what, seconds=180, pause=0.05):
    """Waits until the condition holds, and gives what it gave."""
    deadline = time.monotonic() + seconds
    while not (holds := condition()):
        assert time.monotonic() < deadline, f"{what}: it doesn't come true in {seconds} s"
        time.sleep(pause)
    return holds


def children(process):
    """The processes that this one has started, by their ids."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True)
    return [int(line) for line in listed.stdout.split()]
