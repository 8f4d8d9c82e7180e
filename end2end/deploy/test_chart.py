"""The chart, rendered by Helm's own library and held against the schemas of Kubernetes."""

import re
from pathlib import Path

import helm_python as helm
import kubernetes_validate
import pytest
import yaml
from conftest import DEPLOY, ROOT, check_config, settings

CHART = DEPLOY / "helm/vasari"
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
# A cluster of today. The schemas of others differ in what the chart doesn't use.
KUBERNETES = "1.31"
# Of operators, which have no schema in Kubernetes: what they must have is tested by hand below.
OF_OPERATORS = {"ScaledObject", "ServiceMonitor"}

KEPT = {
    "database": {"existingSecret": "database"},
    "objectStore": {"url": "s3://pictures/of", "endpoint": "https://s3.example.org", "existingSecret": "objects"},
    "auth": {"existingSecret": "keys", "adminKeyKey": "admin-key"},
}
GPUS = {"workers": {"enabled": True, "runtimeClassName": "nvidia"}}
ALL = KEPT | {
    "model": {"path": "microsoft/Florence-2-large", "revision": "main", "existingClaim": "models"},
    "workers": GPUS["workers"] | {"autoscaling": {"type": "hpa"}, "nodeSelector": {"gpu": "yes"}},
    "server": {
        "autoscaling": {"enabled": True},
        "extraEnv": [{"name": "VASARI_NUM_BEAMS", "value": "1"}],
        "podAnnotations": {"a": "b"},
        "affinity": {"nodeAffinity": {}},
    },
    "config": {"trustedProxies": ["10.0.0.0/8", "fd00::/8"]},
    "ingress": {"enabled": True, "className": "nginx", "tlsSecret": "tls"},
    "imagePullSecrets": [{"name": "registry"}],
    "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "role"}},
    "networkPolicy": {"from": [{"podSelector": {}}], "egress": [{"to": [{"podSelector": {}}]}]},
    "serviceMonitor": {"enabled": True},
}
SINGLE = {"server": {"replicas": 1}, "database": {"existingSecret": "database"}, "persistence": {"enabled": True}}
CASES = {
    "nothing": {},
    "kept": KEPT,
    "gpus": KEPT | GPUS,
    "keda": KEPT | {"workers": GPUS["workers"] | {"autoscaling": {"type": "keda"}}},
    "single": SINGLE | {"ingress": {"enabled": True}},
    "all": ALL,
}


@pytest.fixture(scope="module")
def chart():
    with helm.Chart.load(str(CHART)) as loaded:
        yield loaded


def render(chart, values):
    """The objects that these values make."""
    chart.validate_schema(values)
    rendered = chart.render(values, name="demo", namespace="gallery")
    texts = [text for name, text in sorted(rendered.items()) if not name.endswith("NOTES.txt")]
    return [thing for text in texts for thing in yaml.safe_load_all(text) if thing]


def find(things, kind, name="demo-vasari"):
    found = [thing for thing in things if thing["kind"] == kind and thing["metadata"]["name"] == name]
    return found[0] if found else None


def pods(things):
    return [thing["spec"]["template"] for thing in things if thing["kind"] == "Deployment"]


def test_linter_finds_nothing():
    report = helm.lint(str(CHART), strict=True)
    told = [message for message in report["messages"] if message["severity"] > 1]
    assert (report["errors"], told) == ([], [])


def test_versions_are_the_programs():
    about = yaml.safe_load((CHART / "Chart.yaml").read_text())
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE).group(1)
    assert about["appVersion"] == version


@pytest.mark.parametrize("case", CASES)
def test_objects_are_kubernetes_own(chart, case):
    things = render(chart, CASES[case])
    names = [(thing["kind"], thing["metadata"]["name"]) for thing in things]
    assert len(set(names)) == len(names)
    for thing in things:
        if thing["kind"] not in OF_OPERATORS:
            kubernetes_validate.validate(thing, KUBERNETES, strict=True)


def test_every_kind_was_rendered(chart):
    kinds = {thing["kind"] for values in CASES.values() for thing in render(chart, values)}
    templates = {
        kind for path in Path(CHART / "templates").glob("*.yaml") for kind in re.findall(r"^kind: (\w+)", path.read_text(), re.M)
    }
    assert kinds == templates and kinds > OF_OPERATORS


@pytest.mark.parametrize("case", CASES)
def test_pods_are_closed_and_end_in_time(chart, case):
    for pod in pods(render(chart, CASES[case])):
        spec = pod["spec"]
        [container] = spec["containers"]
        assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["runAsUser"] == 10001
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"] and security["capabilities"] == {"drop": ["ALL"]}
        assert not security["allowPrivilegeEscalation"] and not spec["automountServiceAccountToken"]
        told = {variable["name"]: variable.get("value") for variable in container["env"]}
        before = int(told["VASARI_SHUTDOWN_DELAY"])
        assert before >= 5, "the endpoints take their time to forget a pod"
        assert spec["terminationGracePeriodSeconds"] > before + int(told["VASARI_SHUTDOWN_TIMEOUT"])
        written = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
        assert written == {"/data", "/tmp"}
        assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("case", CASES)
def test_everything_finds_its_pods(chart, case):
    things = render(chart, CASES[case])
    labels = [pod["metadata"]["labels"] for pod in pods(things)]
    selected = lambda selector: [one for one in labels if selector.items() <= one.items()]
    for thing in things:
        if thing["kind"] == "Service":
            assert len(selected(thing["spec"]["selector"])) == 1
        elif thing["kind"] in {"Deployment", "PodDisruptionBudget"}:
            assert len(selected(thing["spec"]["selector"]["matchLabels"])) == 1
        elif thing["kind"] == "NetworkPolicy":
            assert selected(thing["spec"]["podSelector"]["matchLabels"]) == labels
        elif thing["kind"] == "Ingress":
            for path in thing["spec"]["rules"][0]["http"]["paths"]:
                assert find(things, "Service", path["backend"]["service"]["name"])
        elif thing["kind"] in {"HorizontalPodAutoscaler", "ScaledObject"}:
            deployment = find(things, "Deployment", thing["spec"]["scaleTargetRef"]["name"])
            # Who scales it writes the number; the chart would set it back with each update.
            assert "replicas" not in deployment["spec"]


@pytest.mark.parametrize("case", CASES)
def test_vasari_understands_its_settings(chart, case, tmp_path):
    secrets = {"url": "postgres://vasari@postgres/vasari", "api-key": "one,two", "admin-key": "three"}
    for pod in pods(render(chart, CASES[case])):
        given = pod["spec"]["containers"][0]["env"]
        assert {variable["name"] for variable in given} <= settings()
        value = lambda it: it["value"] if "value" in it else secrets.get(it["valueFrom"]["secretKeyRef"]["key"], "secret")
        variables = {variable["name"]: value(variable) for variable in given}
        check_config(variables | {"VASARI_DATA_DIR": str(tmp_path)})


def test_updates_leave_somebody_who_answers(chart):
    strategy = find(render(chart, KEPT), "Deployment")["spec"]["strategy"]
    assert strategy["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert find(render(chart, SINGLE), "Deployment")["spec"]["strategy"] == {"type": "Recreate"}


def test_captions_go_to_gpus_where_there_are_some(chart):
    paths = lambda values: {
        path["path"]: path["backend"]["service"]["name"]
        for path in find(render(chart, values | {"ingress": {"enabled": True}}), "Ingress")["spec"]["rules"][0]["http"]["paths"]
    }
    assert paths(KEPT) == {"/": "demo-vasari"}
    to_gpus = {path for path, service in paths(KEPT | GPUS).items() if service == "demo-vasari-workers"}
    assert to_gpus == {"/caption", "/detailed_caption", "/batch_caption", "/v1/chat/completions", "/playground"}
    workers = find(render(chart, KEPT | GPUS), "Deployment", "demo-vasari-workers")["spec"]["template"]["spec"]
    assert workers["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert workers["runtimeClassName"] == "nvidia"


def test_workers_are_scaled_by_their_queue(chart):
    metric = find(render(chart, ALL), "HorizontalPodAutoscaler", "demo-vasari-workers")["spec"]["metrics"][0]["pods"]
    assert metric["metric"]["name"] == "vasari_queue_depth"
    scaled = find(render(chart, CASES["keda"]), "ScaledObject", "demo-vasari-workers")
    assert scaled["apiVersion"] == "keda.sh/v1alpha1"
    [trigger] = scaled["spec"]["triggers"]
    assert trigger["type"] == "prometheus"
    assert trigger["metadata"]["query"] == 'sum(vasari_queue_depth{namespace="gallery", pod=~"demo-vasari-workers-.+"})'
    assert (trigger["metadata"]["threshold"], scaled["spec"]["minReplicaCount"]) == ("16", 1)


def test_prometheus_shows_a_key(chart):
    monitor = find(render(chart, ALL), "ServiceMonitor")
    assert monitor["apiVersion"] == "monitoring.coreos.com/v1"
    [endpoint] = monitor["spec"]["endpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("http", "/metrics")
    assert endpoint["authorization"]["credentials"] == {"name": "keys", "key": "api-key"}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"persistence": {"enabled": True}}, "no two servers share one"),
        (SINGLE | GPUS, "no two servers share one"),
        ({"database": {"existingSecret": "database"}}, "pictures would be lost"),
        ({"serviceMonitor": {"enabled": True}}, "needs auth.existingSecret"),
        (KEPT | {"serviceMonitor": {"enabled": True}, "config": {"metrics": False}}, "needs config.metrics"),
    ],
)
def test_values_that_do_not_go_together_are_refused(chart, values, reason):
    with pytest.raises(helm.HelmError, match=reason):
        chart.render(values, name="demo", namespace="gallery")


@pytest.mark.parametrize(
    "values",
    [
        {"replicas": 3},
        {"server": {"replicas": 0}},
        {"workers": {"autoscaling": {"type": "cron"}}},
        {"workers": {"autoscaling": {"type": "keda", "minReplicas": 0}}},
        {"objectStore": {"url": "https://bucket"}},
        {"database": {"url": "postgres://secret@in/values"}},
        {"config": {"maxRequestSize": "ten"}},
    ],
)
def test_schema_refuses_what_does_not_fit(chart, values):
    with pytest.raises(helm.HelmError):
        chart.validate_schema(values)


def test_every_value_is_used():
    templates = "".join(path.read_text() for path in Path(CHART / "templates").iterdir())
    def leaves(values, path=()):
        for name, value in values.items():
            yield from leaves(value, (*path, name)) if isinstance(value, dict) and value else [(*path, name)]
    whole = {"resources", "podSecurityContext", "securityContext", "annotations"}
    unused = [path for path in leaves(VALUES) if not whole & set(path) and not re.search(rf"\.{path[-1]}\b", templates)]
    assert unused == []
