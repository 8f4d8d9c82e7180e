"""Whoever does what the documentation says gets what it says: each command of each page is run, on a machine of its own.

What can't be run here is in `NOT_RUN`, with the reason. An entry that nothing needs any more fails.
"""

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from conftest import PHOTO, PROGRAM, ROOT, SAMPLES, environment, open_folder, run, serve
from documentation import commands, flags, invocations, pages, spans, untyped
from self_signed import write_certificate

#: What is not run here, as an expression that finds it, and why.
NOT_RUN = [
    (r"^cargo xtask ", "compiles; the steps of the tests and whoever starts them run these"),
    (r"microsoft/Florence-2", "fetches a model from a network that tests don't have"),
    (r"^sudo ", "changes the machine: accounts, units, proxies"),
    (r"^docker ", "needs a container engine and images from a registry; deploy's own tests hold the files"),
    (r"^(helm|kubectl) ", "needs a cluster"),
    (r"^sh deploy/make-secrets", "writes secrets into the checkout"),
    (r"^(apt-get|pip) |^python (train|evaluate|samples)\.py", "trains the demo checkpoint, for hours, with PyTorch"),
]

#: Commands that go on until they are stopped.
LASTING = re.compile(r"\bvasari (serve|gallery)\b")
#: What a server says when it can be asked.
READY = "Ctrl+C"
#: Names that stand for what every machine has another of.
SOME_JOB = "01890a5d-ac96-774b-bcce-b302099a8057"
SOME_KEY = "vas_…"
SOME_SERVER = "https://vasari.example.org"
LOCAL_SERVERS = ["http://localhost:8000", "http://127.0.0.1:8000"]
#: A page that does this makes accounts and datasets itself.
FIRST_ACCOUNT = "vasari user add anna"
SECONDS = 180


def reason_not_to_run(command):
    return next((reason for pattern, reason in NOT_RUN if re.search(pattern, command.text, re.MULTILINE)), None)


class Machine:
    """A home with pictures, `vasari` on its path, and a server that runs."""

    def __init__(self, folder, page):
        self.folder = folder
        #: What the page's commands have put into variables.
        self.variables = {}
        self.is_settled = not any(command.text.startswith(FIRST_ACCOUNT) for command in commands(page))
        self.data = open_folder(folder / "data")
        self.home = folder / "home"
        self._furnish()
        if self.is_settled:
            self._settle()

    def _furnish(self):
        programs = self.folder / "bin"
        programs.mkdir()
        (programs / "vasari").symlink_to(os.path.abspath(PROGRAM))
        self.home.mkdir()
        (self.home / "model").symlink_to(ROOT / "model")
        for name in ["photo.jpg", "street.jpg", "one.jpg"]:
            shutil.copy(PHOTO, self.home / name)
        for name in ["photos", "holiday", "images"]:
            (self.home / name).mkdir()
            for number in (1, 2):
                shutil.copy(SAMPLES / f"scene-0{number}.png", self.home / name)
        line = {"file_name": "scene-01.png", "caption": "a dog", "source": "florence-2"}
        for folder in [self.home, self.home / "images", self.home / "photos"]:
            (folder / "captions.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
        for path in [SAMPLES / "scene-01.png", SAMPLES / "scene-02.png", ROOT / "README.md"]:
            shutil.copy(path, self.home)
        write_certificate(self.home / "cert.pem", self.home / "key.pem")

    def _settle(self):
        """Somebody called Anna, and a dataset called birds with captions of two sources."""
        run(self.data, "user", "add", "anna", "--admin", "--json")
        run(self.data, "dataset", "create", "birds", "--owner", "anna", "--json")
        run(self.data, "dataset", "add-images", "birds", str(self.home / "photos"), "--json")
        run(self.data, "import", str(self.home / "captions.jsonl"), "--dataset", "birds", "--json")

    def write_own_caption(self, address):
        """What Anna says of a picture, which nobody can import in her name."""
        key = self.here(SOME_KEY, address)
        headers = {"Authorization": f"Bearer {key}"}
        images = requests.get(f"{address}/api/v1/datasets/birds/images", headers=headers).json()["items"]
        body = {"text": "a small dog"}
        requests.put(f"{address}/api/v1/images/{images[0]['id']}/captions/mine", json=body, headers=headers).raise_for_status()

    def environment(self):
        path = f"{self.folder / 'bin'}:{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
        return environment(self.data) | {"PATH": path, "HOME": str(self.home), "VASARI_LOG_LEVEL": "warn"} | self.variables

    def here(self, text, address):
        """A command with what this machine has in place of what every machine has another of."""
        if SOME_KEY in text:
            scopes = [part for scope in ("caption", "read", "write", "admin") for part in ("--scope", scope)]
            text = text.replace(SOME_KEY, run(self.data, "key", "create", "anna", "docs", *scopes, "--json")["key"])
        if SOME_JOB in text:
            text = text.replace(SOME_JOB, self._job(text))
        for server in [SOME_SERVER, *LOCAL_SERVERS]:
            text = text.replace(server, address)
        return text

    def _job(self, text):
        jobs = subprocess.run([PROGRAM, "jobs", "list", "--json"], env=self.environment(), capture_output=True, text=True)
        assert jobs.returncode == 0, jobs.stderr
        ids = [json.loads(line)["id"] for line in jobs.stdout.splitlines()]
        assert ids, f"no job was made before {text}"
        return ids[0]

    def run(self, command, address):
        """What is wrong with a command; nothing where it does what it should."""
        text = self.here(command.text, address)
        if LASTING.search(text):
            return self._run_lasting(text)
        # The next command finds what this one puts into a variable.
        variable = re.match(r"([A-Z_]+)=", text) if command.language != "python" else None
        script = f'{text}\nprintf "\\0%s" "${{{variable.group(1)}-}}"' if variable else text
        program = [sys.executable, "-c"] if command.language == "python" else ["bash", "-euo", "pipefail", "-c"]
        finished = subprocess.run(
            [*program, script], cwd=self.home, env=self.environment(), capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL
        )
        if finished.returncode != 0:
            return f"ended with {finished.returncode}: {finished.stderr or finished.stdout}"
        printed, _, value = finished.stdout.partition("\0")
        if value:
            self.variables[variable.group(1)] = value
        return differs(command.answer, printed) if command.answer else None

    def _run_lasting(self, text):
        """Starts a server, waits until it can be asked, and stops it."""
        data = open_folder(self.folder / "another")
        variables = self.environment() | {"VASARI_DATA_DIR": str(data), "VASARI_PORT": "0"}
        text = re.sub(r"--port \d+", "--port 0", text)
        # The shell becomes the program, so that the signal reaches it.
        text = LASTING.sub(lambda match: f"exec {match.group()}", text, count=1) if "=" not in text.split()[0] else f"export {text}"
        text = re.sub(r"^export (\S+) ", r"export \1; exec ", text)
        process = subprocess.Popen(
            ["bash", "-c", text], cwd=self.home, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        said = []
        late = threading.Timer(SECONDS, process.kill)
        late.start()
        try:
            for line in process.stdout:
                said.append(line)
                if READY in line:
                    break
            is_ready = READY in "".join(said)
            process.terminate()
            process.stdout.read()
            status = process.wait()
        finally:
            late.cancel()
        if not is_ready:
            return f"never was ready: {''.join(said)}"
        return None if status == 0 else f"stopped with {status}"


def differs(answer, printed):
    """How what a page shows is not the shape of what was printed; nothing where it is."""
    language, shown = answer
    if language == "json":
        keys = set(re.findall(r'"(\w+)":', shown))
        missing = keys - set(re.findall(r'"(\w+)":', json.dumps(json.loads(printed))))
        return f"shows {sorted(missing)}, which the answer hasn't" if missing else None
    for line in filter(str.strip, shown.splitlines()):
        # Numbers differ from machine to machine; an ellipsis stands for anything.
        parts = [re.sub(r"\d+([.,:]\d+)*", r"[\\d.,:]+", re.escape(part)) for part in line.strip().split("…")]
        if not re.search(r"\s+".join(".*".join(parts).split()), printed):
            return f"shows {line.strip()!r}, and printed was {printed!r}"
    return None


@pytest.mark.parametrize("page", [page for page in pages() if any(reason_not_to_run(it) is None for it in commands(page))])
def test_commands_do_what_the_page_says(page, tmp_path):
    machine = Machine(tmp_path, page)
    wrong = []
    with serve("--enable-metrics", data=machine.data) as address:
        # Where commands about the server of this machine find it.
        machine.variables["VASARI_PORT"] = address.rsplit(":", 1)[1]
        if machine.is_settled:
            machine.write_own_caption(address)
        for command in commands(page):
            if reason_not_to_run(command) is None and (problem := machine.run(command, address)):
                wrong.append(f"{command}\n  {problem}")
    assert not wrong, "\n".join(wrong)


def test_nothing_is_left_out_for_no_reason():
    everything = [command.text for page in pages() for command in commands(page)]
    idle = [pattern for pattern, _ in NOT_RUN if not any(re.search(pattern, text, re.MULTILINE) for text in everything)]
    assert not idle, f"nothing is found by {idle}"


@pytest.mark.parametrize("page", pages())
def test_commands_are_marked_as_such(page):
    assert not untyped(page), "a block of commands is one of sh, console or python"


@functools.cache
def help_of(program, *path):
    finished = subprocess.run([program, *path, "--help"], capture_output=True, text=True, timeout=SECONDS)
    assert finished.returncode == 0, f"{program} has no command {' '.join(path)}"
    return finished.stdout


def subcommands(text):
    """What a help's list of commands has."""
    listed = re.search(r"^Commands:\n(.*?)(?:\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^  ([a-z][a-z-]*)", listed.group(1), re.MULTILINE)) - {"help"} if listed else set()


def unknown(program, name, words):
    """What of a call the program doesn't know."""
    path = []
    while (commands_here := subcommands(help_of(program, *path))) and words:
        if words[0] not in commands_here:
            # `vasari --help` and the name alone are calls as well.
            return [] if words[0].startswith("-") else [f"{name} {' '.join([*path, words[0]])}"]
        path.append(words.pop(0))
    known = set(re.findall(r"--[a-z][a-z0-9-]*", help_of(program, *path)))
    if name == "cargo xtask" and path == ["serve"]:
        known |= set(re.findall(r"--[a-z][a-z0-9-]*", help_of(str(PROGRAM), "serve")))
    return [f"{name} {' '.join(path)} {flag}" for flag in sorted(flags(words) - known)]


#: `cargo xtask` starts the second, which cargo builds beside the first.
PROGRAMS = {"vasari": str(PROGRAM), "cargo xtask": os.environ.get("XTASK_BIN", str(Path(PROGRAM).with_name("xtask")))}


@pytest.mark.parametrize("page", pages())
def test_commands_and_flags_exist(page):
    """Those that aren't run as well, and those within sentences."""
    texts = [command.text for command in commands(page) if command.language != "python"]
    texts += [span for span in spans(page) if span.startswith(tuple(PROGRAMS))]
    wrong = []
    for text in texts:
        for name, program in PROGRAMS.items():
            for words in invocations(text, name):
                wrong.extend(f"{text}: {problem}" for problem in unknown(program, name, words))
    assert not wrong, "\n".join(wrong)


#: Flags of other programs that sentences name.
FOREIGN_FLAGS = {"--build-arg"}


def all_flags(program, *path):
    text = help_of(program, *path)
    known = set(re.findall(r"--[a-z][a-z0-9-]*", text))
    return known.union(*(all_flags(program, *path, command) for command in subcommands(text)))


def test_flags_in_sentences_exist():
    known = FOREIGN_FLAGS.union(*map(all_flags, PROGRAMS.values()))
    named = {(page, flag) for page in pages() for span in spans(page) if span.startswith("--") for flag in flags(span.split())}
    assert len(named) > 20
    assert not [f"{page}: {flag}" for page, flag in sorted(named) if flag not in known]
