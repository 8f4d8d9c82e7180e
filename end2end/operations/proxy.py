"""nginx before two servers."""

import subprocess
from pathlib import Path
from string import Template

from machine import as_account, free_port, give, program

CONFIGURATION = Template((Path(__file__).parent / "nginx.conf").read_text(encoding="utf-8"))


class Proxy:
    """An nginx that runs."""

    def __init__(self, folder, ports, keepalive="10s"):
        give(folder)
        port = free_port()
        first, second = ports
        written = CONFIGURATION.substitute(folder=folder, port=port, first=first, second=second, keepalive=keepalive)
        (folder / "nginx.conf").write_text(written, encoding="utf-8")
        command = [program("nginx", "/usr/sbin"), "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
        self._process = subprocess.Popen(command, **as_account(), cwd="/", stdin=subprocess.DEVNULL)
        self.address = f"http://localhost:{port}"

    def stop(self):
        self._process.terminate()
        self._process.wait(timeout=10)
