"""Writes the Python client that waits from the one that awaits: `python clients/generate_sync.py`.

What differs is the same few words everywhere, so there is one client to keep right. Only `pool.py` is written twice, because
threads are no tasks.
"""

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ASYNC = HERE / "python/src/vasari/_async"
SYNC = HERE / "python/src/vasari/_sync"

BY_HAND = {"__init__.py", "pool.py"}

WORDS = [
    (r"AsyncGenerator\[(.*), None\]", r"Generator[\1, None, None]"),
    (r"Async(Iterator|Generator|Client)", r"\1"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\basync (?=def|for|with)", ""),
    (r"\bawait ", ""),
    (r"\b__aenter__\b", "__enter__"),
    (r"\b__aexit__\b", "__exit__"),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\b(a)(close|closing|read|iter_bytes|iter_raw)\b", r"\2"),
    (r"\basyncio\b", "time"),
]


def generate():
    """What the files should hold, by their paths."""
    return {SYNC / path.name: synchronous(path) for path in sorted(ASYNC.glob("*.py")) if path.name not in BY_HAND}


def synchronous(path):
    origin = f"Generated from _async/{path.name} by clients/generate_sync.py; not to be changed by hand."
    text = path.read_text(encoding="utf-8")
    for wrong, right in WORDS:
        text = re.sub(wrong, right, text)
    # Names are other ones, so imports come in another order, and lines are shorter.
    sorted_text = ruff("check", "--fix", "--select=I", "--quiet", text=f"# {origin}\n{text}")
    return ruff("format", text=sorted_text)


def ruff(*command, text):
    program = Path(sys.executable).with_name("ruff")
    arguments = [program, *command, f"--stdin-filename={SYNC / 'client.py'}", "-"]
    return subprocess.run(arguments, input=text, capture_output=True, text=True, check=True).stdout


def main():
    for path, text in generate().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(HERE.parent))


if __name__ == "__main__":
    main()
