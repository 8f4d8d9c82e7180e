"""What the documentation tells people to type."""

import dataclasses
import re
import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACES = ["README.md", "CONTRIBUTING.md", "docs/*.md", "migrations/README.md", "model/**/README.md", "deploy/**/README.md"]

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")
_FLAG = re.compile(r"--[a-z][a-z0-9_-]*")


@dataclasses.dataclass(frozen=True)
class Command:
    """One thing to type, or a whole Python program."""

    page: str
    line: int
    language: str
    text: str
    #: What the page shows below it, with the language of the block; nothing where it shows nothing.
    answer: tuple[str, str] | None = None

    def __str__(self):
        return f"{self.page}:{self.line}: {self.text}"


def pages():
    """The pages' paths from the checkout's root, in order."""
    found = {path for place in PLACES for path in ROOT.glob(place)}
    return sorted(str(path.relative_to(ROOT)) for path in found if path.name != "SUMMARY.md")


def commands(page):
    """What a page has in blocks to be typed."""
    text = (ROOT / page).read_text(encoding="utf-8")
    fences = list(_FENCE.finditer(text))
    found = []
    for place, fence in enumerate(fences):
        line = text[: fence.start()].count("\n") + 2
        language, block = fence["language"], _unindented(fence)
        after = fences[place + 1] if place + 1 < len(fences) else None
        # What stands right below is what comes of it.
        is_answer = after is not None and not text[fence.end() : after.start()].strip() and after["language"] in ("json", "text")
        answer = (after["language"], _unindented(after)) if is_answer else None
        if language == "python":
            found.append(Command(page, line, language, block, answer))
        elif language == "sh":
            lines = list(_lines(block, line))
            for number, (at, command) in enumerate(lines):
                found.append(Command(page, at, language, command, answer if number == len(lines) - 1 else None))
        elif language == "console":
            found.extend(_session(page, line, block))
    return found


def untyped(page):
    """Blocks that look like commands but don't say so, which nobody would try."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = [fence for fence in _FENCE.finditer(text) if fence["language"] not in ("sh", "console", "python")]
    return [fence["text"] for fence in blocks if re.search(r"^\s*(\$ |vasari |cargo |curl |docker |helm )", fence["text"], re.MULTILINE)]


def spans(page):
    """What a page has in backquotes within its sentences."""
    text = _FENCE.sub("", (ROOT / page).read_text(encoding="utf-8"))
    return [" ".join(span.split()) for span in _SPAN.findall(text)]


def invocations(command, program):
    """The arguments of each call of a program in a line of shell: of `a && vasari serve --port 1`, `[serve, --port, 1]`."""
    try:
        words = shlex.split(command, comments=True)
    except ValueError:
        # A piece of a sentence with an apostrophe in it.
        words = command.split()
    name = program.split()
    calls = []
    for place in range(len(words)):
        before = words[place - 1] if place else ""
        # The name of an image, of a chart or of an account is no call.
        is_name = (before.startswith("-") and before != "--") or before == "install"
        if words[place : place + len(name)] == name and not is_name:
            rest = words[place + len(name) :]
            ends = [number for number, word in enumerate(rest) if word.strip(";") in ("|", "&&", "||", ">", ">>", "<", "2>&1", "")]
            calls.append(rest[: min(ends, default=len(rest))])
    return calls


def flags(words):
    """The long flags among arguments, spelled with dashes."""
    return {match.group().replace("_", "-") for word in words if (match := _FLAG.match(word))} - {"--"}


def _unindented(fence):
    indent = fence["indent"]
    return "".join(line.removeprefix(indent) for line in fence["text"].splitlines(keepends=True))


def _lines(block, first):
    """The commands of a block, each with its line."""
    lines = iter(enumerate(block.splitlines(), first))
    for at, line in lines:
        command = line
        while _goes_on(command):
            command += "\n" + next(lines)[1]
        if command.strip() and not command.lstrip().startswith("#"):
            yield at, command


def _goes_on(command):
    """Whether the next line belongs to it: after a backslash, in a document, in quotes, after a bar."""
    if command.endswith("\\"):
        return True
    document = re.search(r"<<-? *'?\"?(\w+)", command)
    if document and not command.endswith(f"\n{document.group(1)}"):
        return True
    parsed = subprocess.run(["bash", "-n", "-c", command], capture_output=True, text=True)
    return parsed.returncode != 0 and "unexpected" in parsed.stderr and "EOF" in parsed.stderr.replace("end of file", "EOF")


def _session(page, first, block):
    """The commands of a block in which a dollar sign stands before what is typed, and below it what comes of it."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)
    assert not parts[0].strip(), f"{page}:{first}: a console block begins with a dollar sign"
    line = first
    for part in parts[1:]:
        command, _, shown = part.partition("\n")
        yield Command(page, line, "console", command, ("text", shown) if shown.strip() else None)
        line += part.count("\n")
