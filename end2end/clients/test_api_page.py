"""docs/API.md names every kind of problem that the server knows."""

import re

from conftest import ROOT


def test_every_kind_of_problem_is_named():
    source = (ROOT / "server/src/api/problem.rs").read_text()
    kinds = re.findall(r'Self::\w+(?:\(status\))? => \{?\s*\("([a-z-]+)"', source)
    assert len(kinds) > 40
    named = set(re.findall(r"`([a-z-]+)`", (ROOT / "docs/API.md").read_text()))
    assert [kind for kind in kinds if kind not in named] == []
