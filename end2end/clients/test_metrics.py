"""Prometheus' own reader of metrics."""

import requests
from prometheus_client.parser import text_string_to_metric_families

from conftest import SAMPLES


def test_metrics_are_read_by_prometheus(server):
    with (SAMPLES / "scene-01.png").open("rb") as file:
        requests.post(f"{server}/caption", files={"image": file}, timeout=60).raise_for_status()
    text = requests.get(f"{server}/metrics", timeout=10).text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert len(families) == text.count("# TYPE ")
    assert all(family.documentation for family in families.values())
    assert families["vasari_captions"].type == "counter"
    duration = families["vasari_http_request_duration_seconds"]
    buckets = [sample for sample in duration.samples if sample.name.endswith("_bucket") and sample.labels["path"] == "/caption"]
    counts = [sample.value for sample in buckets]
    assert counts == sorted(counts)
    assert buckets[-1].labels["le"] == "+Inf"
    assert buckets[-1].value >= 1
