"""Databases that an earlier version left behind, with what it could hold: they are brought up to date, and nothing is lost."""

import hashlib
import json

import pytest
import requests
from deployment import PASSWORD
from machine import give
from replica import ROOT, UNLIMITED, Replica, environment, run

MIGRATIONS = sorted((ROOT / "migrations").glob("*.sql"))
VERSIONS = [int(path.name[:4]) for path in MIGRATIONS]
PICTURE = (ROOT / "model/demo/samples/scene-01.png").read_bytes()
SUM = hashlib.sha256(PICTURE).hexdigest()

# As sqlx makes it before the first migration.
TABLE = """
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMPTZ NOT NULL DEFAULT now(),
    success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL
);
"""


def identity(number):
    return f"01890a5d-ac96-774b-bcce-{number:012x}"


ANNA, BERT, BIRDS, IMAGE, DELETED, PERSON, MODEL, OTHER_MODEL, JOB, EDIT, VIEW, COMPARISON = map(identity, range(1, 13))
WRITTEN, SAID, SAID_AGAIN = (identity(number) for number in range(20, 23))

# What is put into the tables once a version is there, in its words.
DATA = {
    1: f"""
        INSERT INTO users (id, name, password_hash, is_admin, created_at)
        VALUES ('{ANNA}', 'anna', '$hash', true, now()), ('{BERT}', 'bert', NULL, false, now());
        INSERT INTO api_keys (id, user_id, name, prefix, key_hash, scopes, created_at)
        VALUES ('{identity(30)}', '{ANNA}', 'old', left('$key', 12), sha256('$key'), ARRAY['read'], now());
        INSERT INTO audit_log (id, at, actor_user, action) VALUES ('{identity(31)}', now(), '{ANNA}', 'user.sign_in');
    """,
    2: f"""
        INSERT INTO datasets (id, slug, name, created_by, created_at) VALUES ('{BIRDS}', 'birds', 'Birds', '{ANNA}', now());
        INSERT INTO dataset_members VALUES ('{BIRDS}', '{ANNA}', 'owner', now()), ('{BIRDS}', '{BERT}', 'viewer', now());
        INSERT INTO images (sha256, byte_size, format, width, height, thumbhash, created_at)
        VALUES ('\\x{SUM}', {len(PICTURE)}, 'png', 320, 320, '\\x01', now());
        INSERT INTO dataset_images (id, dataset_id, sha256, file_name, added_by, added_at, deleted_at)
        VALUES ('{IMAGE}', '{BIRDS}', '\\x{SUM}', 'a heron.png', '{ANNA}', now(), NULL),
            ('{DELETED}', '{BIRDS}', '\\x{SUM}', 'gone.png', '{ANNA}', now(), now());
        INSERT INTO caption_sources (id, dataset_id, slug, kind, user_id, model, task, parameters, created_at)
        VALUES ('{PERSON}', '{BIRDS}', 'anna', 'person', '{ANNA}', NULL, NULL, NULL, now()),
            ('{MODEL}', '{BIRDS}', 'florence', 'model', NULL, 'florence-2', '<CAPTION>', '{{}}', now());
        INSERT INTO captions (id, dataset_id, image_id, source_id, text, confidence, status, updated_by, updated_at)
        VALUES ('{WRITTEN}', '{BIRDS}', '{IMAGE}', '{PERSON}', 'a bird', NULL, 'draft', '{ANNA}', now()),
            ('{SAID}', '{BIRDS}', '{IMAGE}', '{MODEL}', 'a penguin', 0.5, 'draft', NULL, now());
        UPDATE captions SET text = 'a heron', version = 2, updated_at = now() WHERE id = '{WRITTEN}';
        UPDATE captions SET status = 'rejected', version = 2, updated_by = '{ANNA}' WHERE id = '{SAID}';
    """,
    4: f"""
        INSERT INTO jobs (id, dataset_id, kind, request, state, total, done, created_by, created_at, finished_at)
        VALUES ('{JOB}', '{BIRDS}', 'bulk_edit', '{{"kind": "bulk_edit", "edit": {{"operation": "trim"}}, "images": {{}}}}', 'succeeded', 1, 1,
            '{ANNA}', now(), now());
        INSERT INTO job_items (job_id, position, caption_id, state) VALUES ('{JOB}', 0, '{SAID}', 'done');
    """,
    # Before 13 a model could be a source twice.
    6: f"""
        INSERT INTO caption_sources (id, dataset_id, slug, kind, model, task, parameters, created_at)
        VALUES ('{OTHER_MODEL}', '{BIRDS}', 'florence-2', 'model', 'florence-2', '<CAPTION>', '{{}}', now());
        INSERT INTO captions (id, dataset_id, image_id, source_id, text, edited, updated_at)
        VALUES ('{SAID_AGAIN}', '{BIRDS}', '{IMAGE}', '{OTHER_MODEL}', 'a grey heron', true, now());
    """,
    9: f"""
        INSERT INTO saved_views (id, dataset_id, owner_id, name, query, created_at)
        VALUES ('{VIEW}', '{BIRDS}', '{ANNA}', 'herons', 'q=heron', now());
    """,
    11: f"""
        INSERT INTO comparisons VALUES ('{COMPARISON}', '{BIRDS}', '{IMAGE}', '{PERSON}', 2, '{MODEL}', 2, '{ANNA}', now());
        INSERT INTO votes VALUES ('{COMPARISON}', 'left', now());
    """,
    15: f"""
        UPDATE captions SET reason = 'it is a heron', version = 3, updated_at = now() WHERE id = '{SAID}';
    """,
}


@pytest.fixture(scope="module")
def past(cluster, store, place):
    """Makes a database as a version left it: gives what makes a program use it."""
    bucket, objects = store("past")
    bucket.put_object(Key=f"images/{SUM[:2]}/{SUM[2:4]}/{SUM}", Body=PICTURE)
    scratch = environment(cluster.create("scratch"), objects, give(place / "scratch"))
    run(scratch, "user", "add", "anna", "--password-stdin", text=f"{PASSWORD}\n")
    key = run(scratch, "key", "create", "anna", "old", "--scope", "read")["key"]
    password = cluster.query("SELECT password_hash FROM users", "scratch")

    def make(version, name="version"):
        name = f"{name}-{version}"
        folder = give(place / name)
        variables = environment(cluster.create(name), objects, folder)
        steps = [TABLE]
        for path, number in zip(MIGRATIONS, VERSIONS):
            if number > version:
                break
            description, checksum = path.stem[5:].replace("_", " "), hashlib.sha384(path.read_bytes()).hexdigest()
            noted = f"({number}, '{description}', now(), true, '\\x{checksum}', 1)"
            data = DATA.get(number, "").replace("$hash", password).replace("$key", key)
            step = path.read_text(encoding="utf-8")
            steps.append(f"BEGIN; {step}; INSERT INTO _sqlx_migrations VALUES {noted}; COMMIT; {data}")
        file = folder / "past.sql"
        file.write_text("\n".join(steps), encoding="utf-8")
        cluster.psql(name, "--file", file)
        return name, variables, key

    return make


def test_tables_are_noted_as_the_program_notes_them(past, cluster):
    newest, *_ = past(VERSIONS[-1], "newest")
    noted = "SELECT version, description, checksum, success FROM _sqlx_migrations ORDER BY version"
    assert cluster.rows(noted, newest) == cluster.rows(noted, "scratch")


@pytest.mark.parametrize("version", VERSIONS)
def test_database_is_brought_up_to_date(past, cluster, tmp_path, version):
    name, variables, key = past(version)
    assert run(variables, "migrate", "--dry-run")["was"] == version
    # A server does it by itself, and two that start together do it once; the command says what it does.
    if version != VERSIONS[0]:
        migrated = run(variables, "migrate")
        later = [number for number in VERSIONS if number > version]
        assert (migrated["was"], migrated["applied"], migrated["migrations"]) == (version, VERSIONS[-1], later)
    others = variables | {"VASARI_DATA_DIR": str(tmp_path / "other")}
    started = [variables, others] if version == VERSIONS[0] else [variables]
    replicas = [Replica(of, tmp_path / "log", UNLIMITED) for of in started]
    try:
        for replica in replicas:
            replica.start(wait=False)
        for replica in replicas:
            replica.wait()
            read_everything(f"{replica.address}/api/v1", version, key)
    finally:
        for replica in replicas:
            replica.end()
    assert cluster.query("SELECT count(*) FROM _sqlx_migrations WHERE success", name) == str(len(MIGRATIONS))


def read_everything(api, version, key):
    """Checks that all of it is there, as somebody sees it who signs in."""
    known = requests.get(f"{api}/me", headers={"Authorization": f"Bearer {key}"}, timeout=30)
    assert known.json()["user"]["name"] == "anna", known.text
    person = {"name": "anna", "password": PASSWORD, "tokens": True}
    session = requests.Session()
    signed_in = session.post(f"{api}/auth/sign-in", json=person, timeout=30)
    assert signed_in.status_code == 200, signed_in.text
    session.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
    see = lambda path, **query: session.get(f"{api}/{path}", params=query, timeout=30).json()

    assert {user["name"] for user in see("users")["items"]} == {"anna", "bert"}
    assert "user.sign_in" in {entry["action"] for entry in see("audit-log")["items"]}
    if version < 2:
        return
    assert see("datasets/birds")["role"] == "owner"
    [image] = see("datasets/birds/images")["items"]
    assert (image["id"], image["file_name"], image["sha256"]) == (IMAGE, "a heron.png", SUM)
    assert session.get(f"{api}/images/{IMAGE}/file", timeout=30).content == PICTURE
    assert session.get(f"{api}/images/{IMAGE}/thumbnails/256", timeout=30).ok
    captions = {caption["source"]: caption for caption in see(f"images/{IMAGE}/captions")}
    wanted = {"anna": ("a heron", "draft", False), "florence": ("a penguin", "rejected", False)}
    if version >= 6:
        wanted["florence-2"] = ("a grey heron", "draft", True)
    assert {name: (of["text"], of["status"], of["edited"]) for name, of in captions.items()} == wanted
    assert [of["text"] for of in see(f"captions/{WRITTEN}/versions")] == ["a heron", "a bird"]
    found = see("datasets/birds/search", q="anna:heron")["items"]
    assert [item["id"] for item in found] == [IMAGE]
    counted = {source["slug"]: source["captions"] for source in see("datasets/birds/sources")["items"]}
    assert counted == dict.fromkeys(wanted, 1)
    # What is there can be worked on.
    change = {"text": "a heron", "version": captions["anna"]["version"]}
    written = session.put(f"{api}/images/{IMAGE}/captions/mine", timeout=30, json=change)
    assert written.ok, written.text
    assert session.post(f"{api}/images/{DELETED}/restore", timeout=30).ok
    assert session.delete(f"{api}/images/{DELETED}", timeout=30).ok
    if version >= 4:
        assert see(f"jobs/{JOB}")["state"] == "succeeded"
    if version >= 9:
        assert [view["name"] for view in see("datasets/birds/views")] == ["herons"]
    if version >= 11:
        [vote] = see("datasets/birds/votes")["items"]
        assert (vote["outcome"], vote["left_source"], vote["voter_name"]) == ("left", "anna", "anna")
    if version >= 15:
        assert captions["florence"]["reason"] == "it is a heron"
