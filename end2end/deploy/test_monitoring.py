"""Alerts and the dashboard ask for metrics that Vasari has."""

import json
import re

import pytest
import requests
from conftest import DEPLOY, PICTURE, ROOT, clients, load, run
from prometheus_client.parser import text_string_to_metric_families

# Where a server has a GPU, which test machines have not.
OF_GPUS = {"vasari_gpu_memory_used_bytes", "vasari_gpu_memory_total_bytes"}
# What Prometheus and the chart's ServiceMonitor add.
LABELS_OF_PROMETHEUS = {"instance", "job", "namespace", "pod"}

DASHBOARD = json.loads((DEPLOY / "grafana/vasari.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
ALERTS = [rule for group in load("prometheus/alerts.yaml")["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def exported():
    """The metrics of a server that has captioned, with their labels."""
    with clients.serve("--enable-metrics", "--database-url", "none") as address:
        for _ in range(2):
            files = {"image": PICTURE}
            requests.post(f"{address}/caption", files=files, timeout=60).raise_for_status()
        text = requests.get(f"{address}/metrics", timeout=10).text
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def expressions():
    """Everything that is asked of Prometheus: where it stands, and what."""
    for panel in PANELS:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for annotation in DASHBOARD["annotations"]["list"]:
        yield annotation["name"], annotation["expr"]
    for alert in ALERTS:
        yield alert["alert"], alert["expr"]


def metrics_of(expression):
    """The names of an expression that are metrics."""
    return set(re.findall(r"\b((?:vasari|process)_\w+|up)\b", expression))


def test_rules_are_rules_and_ring_when_they_must():
    run("promtool", "check", "rules", DEPLOY / "prometheus/alerts.yaml")
    run("promtool", "test", "rules", DEPLOY / "prometheus/alerts_test.yaml")


def test_every_alert_is_tested():
    tested = {
        case["alertname"]
        for test in load("prometheus/alerts_test.yaml")["tests"]
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }
    assert tested == {alert["alert"] for alert in ALERTS}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_alert_says_what_and_how_bad(alert):
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert set(alert["annotations"]) == {"summary", "description"}


def test_expressions_are_promql(tmp_path):
    rules = [
        {"record": f"expression:{number}", "expr": expression.replace("$__rate_interval", "5m").replace("$", "")}
        for number, (_, expression) in enumerate(expressions())
    ]
    file = tmp_path / "rules.yaml"
    # JSON is YAML as well.
    file.write_text(json.dumps({"groups": [{"name": "all", "rules": rules}]}))
    run("promtool", "check", "rules", file)


def test_metrics_are_there(exported):
    documented = (ROOT / "docs/OPERATIONS.md").read_text()
    assert all(name in documented and name not in exported for name in OF_GPUS)
    known = set(exported) | OF_GPUS | {"up"}
    asked = [(place, metrics_of(expression)) for place, expression in expressions()]
    assert all(metrics for _, metrics in asked)
    assert [(place, metrics - known) for place, metrics in asked if metrics - known] == []


def test_dashboard_shows_every_metric_of_vasaris(exported):
    asked = set().union(*(metrics_of(expression) for _, expression in expressions()))
    own = {name for name in exported if name.startswith("vasari_")} | OF_GPUS
    # A histogram is shown by any of its series.
    whole = lambda names: {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}
    assert whole(own) - whole(asked) == set()


def test_labels_are_there(exported):
    for place, expression in expressions():
        known = LABELS_OF_PROMETHEUS.union(*(exported.get(name, set()) for name in metrics_of(expression)))
        matched = re.findall(r"(\w+)(?:=~|!=|!~|=)\"", expression)
        grouped = [label for labels in re.findall(r"\bby \(([^)]*)\)", expression) for label in labels.split(", ")]
        assert set(matched + grouped) <= known, place
    for panel in PANELS:
        for target in panel["targets"]:
            known = LABELS_OF_PROMETHEUS.union(*(exported.get(name, set()) for name in metrics_of(target["expr"])))
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= known, panel["title"]


def test_panels_are_complete_and_lie_beside_one_another():
    taken = set()
    for panel in DASHBOARD["panels"]:
        assert panel["title"], panel["id"]
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken and max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells
    for panel in PANELS:
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert all(target["legendFormat"] for target in panel["targets"]) or panel["type"] == "table", panel["title"]
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)


def test_variables_are_defined():
    defined = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    text = json.dumps(DASHBOARD)
    used = set(re.findall(r"\$\{?([a-z]\w*)\}?", text))
    assert used == defined
