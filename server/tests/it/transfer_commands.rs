//! `vasari dataset`, `vasari import` and `vasari export`: here, and on a server.

use std::{fs, path::Path, process::Output};

use serde_json::{Value, json};
use vasari_storage_testing::TestDatabase;

use crate::{
    people::Instance,
    program::{sample, text, vasari},
    transfer::packed,
};

/// Where commands work: on a database, or on a server.
pub(crate) enum Place {
    Here(String),
    There(String, String),
}

impl Place {
    pub(crate) fn run(&self, data: &Path, arguments: &[&str]) -> Output {
        let mut command = vasari(arguments, data);
        match self {
            Self::Here(url) => command.env("DATABASE_URL", url),
            Self::There(server, key) => command.env("VASARI_SERVER", server).env("VASARI_KEY", key),
        };
        command.output().expect("the program starts")
    }

    /// The lines of JSON that a command prints which ends with this status.
    pub(crate) fn json(&self, data: &Path, code: i32, arguments: &[&str]) -> Vec<Value> {
        let output = self.run(data, &[arguments, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }
}

#[tokio::test]
async fn dataset_goes_in_and_out_here_and_there() {
    let test = TestDatabase::create_empty().await;
    let instance = Instance::start(&[]).await;
    let (_, anna, _) = instance.invite("anna");
    let (bert, _, _) = instance.invite("bert");
    let key = instance.post("/api/v1/keys", &anna, &json!({ "name": "commands", "scopes": ["read", "write"] }));
    let key = key.json()["key"].as_str().expect("a key was made").to_owned();
    let here = Place::Here(test.url());
    let there = Place::There(instance.server.url(""), key);
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = packed();
    let path = |name: &str| folder.path().join(name).to_str().expect("the path is text").to_owned();
    let added = here.run(data.path(), &["user", "add", "bert", "--json"]);
    assert!(added.status.success(), "{}", text(&added.stderr));

    for (number, place) in [&here, &there].into_iter().enumerate() {
        let run = |code: i32, arguments: &[&str]| place.json(data.path(), code, arguments);
        let fails = |arguments: &[&str], reason: &str| {
            let output = place.run(data.path(), arguments);
            assert!(
                output.status.code() == Some(2) && text(&output.stderr).contains(reason),
                "{}",
                text(&output.stderr)
            );
        };
        fails(&["import", &path("set.zip"), "--dataset", "birds"], "dataset");
        // A folder with its captions, and the same packed.
        let folder_set = path("unpacked");
        if !Path::new(&folder_set).exists() {
            fs::create_dir(&folder_set).expect("the folder can be written");
            for name in ["a.png", "b.png", "captions.jsonl"] {
                fs::copy(path(name), Path::new(&folder_set).join(name)).expect("the file is there");
            }
        }
        let import = ["import", &folder_set, "--dataset", "birds", "--create"];
        let first = run(0, &import);
        assert_eq!(
            (&first[0]["counts"]["captions_added"], &first[0]["format"]),
            (&json!(3), &json!("jsonl")),
            "{first:?}"
        );
        let again = run(0, &["import", &path("set.zip"), "--dataset", "birds"]);
        assert_eq!(again[0]["counts"]["captions_unchanged"], 3, "{again:?}");
        fs::write(path("more.csv"), "file_name,caption\na.png,new\ngone.png,x\n").expect("the folder can be written");
        let more = ["import", &path("more.csv"), "--dataset", "birds", "--source", "Bert"];
        let dry = run(1, &[&more[..], &["--dry-run"]].concat());
        assert_eq!((&dry[0]["counts"]["captions_added"], &dry[0]["counts"]["failed"]), (&json!(1), &json!(1)));
        let failed = place.run(data.path(), &more);
        assert_eq!(failed.status.code(), Some(1));
        assert!(text(&failed.stderr).contains("gone.png") && text(&failed.stdout).contains("1 captions added"));

        let out = |name: &str| path(&format!("{number}-{name}"));
        let jsonl = out("best.jsonl");
        let chosen = run(0, &["export", &jsonl, "--dataset", "birds", "--prefer", "florence-2", "--missing", "nobody"]);
        assert_eq!(chosen[0]["counts"], json!({ "images": 2, "captions": 2, "without_caption": 0, "failed": 0 }));
        let lines = fs::read_to_string(&jsonl).expect("it was written");
        assert!(lines.contains("a red car") && lines.contains("a boat") && !lines.contains("new"), "{lines}");
        let found = run(0, &["export", &out("found.csv"), "--dataset", "birds", "--query", "name:a"]);
        assert_eq!(found[0]["counts"]["images"], 1, "{found:?}");
        fails(&["export", &out("wrong.csv"), "--dataset", "birds", "--query", "(dog"], "never closed");
        fails(&["export", &jsonl, "--dataset", "birds"], "is there already");
        fails(&["export", &out("x.xlsx"), "--dataset", "birds"], "say it with --format");
        let set = out("set");
        run(0, &["export", &set, "--dataset", "birds", "--captions", "bert", "--source", "bert"]);
        let metadata = fs::read_to_string(Path::new(&set).join("metadata.jsonl")).expect("it was written");
        assert_eq!(metadata.lines().count(), 1, "{metadata}");
        assert_eq!(fs::read(Path::new(&set).join("a.png")).ok(), fs::read(sample("scene-01.png")).ok());
        // Two captions are one too many for a .txt.
        let all = ["export", &out("texts.zip"), "--dataset", "birds", "--format", "sidecars", "--captions", "all"];
        assert_eq!(run(1, &all)[0]["counts"]["failed"], 2);
        run(0, &["import", &out("texts.zip"), "--dataset", "texts", "--create", "--format", "sidecars"]);

        let slugs: Vec<_> = run(0, &["dataset", "list"]).iter().map(|dataset| dataset["slug"].clone()).collect();
        assert_eq!(slugs, ["birds", "texts"]);
        assert_eq!(run(0, &["dataset", "show", "birds"])[0]["role"], "owner");
        let scene = sample("scene-03.png").to_str().expect("the path is text").to_owned();
        let broken = path("broken.png");
        fs::write(&broken, "no picture").expect("the folder can be written");
        let added = run(1, &["dataset", "add-images", "birds", &scene, &broken, &path("a.png")]);
        assert_eq!(added, [json!({ "added": 1, "as_before": 1, "failed": 1 })]);
        let who = if number == 0 { "bert" } else { &bert };
        let members = run(0, &["dataset", "members", "birds", "--set", &format!("{who}=annotator")]);
        assert!(members.iter().any(|member| member["name"] == "bert" && member["role"] == "annotator"), "{members:?}");
        let members = run(0, &["dataset", "members", "birds", "--remove", "bert"]);
        assert!(members.iter().all(|member| member["name"] != "bert"), "{members:?}");
        assert_eq!(run(0, &["dataset", "create", "new", "--name", "New"])[0]["name"], "New");
        run(0, &["dataset", "delete", "new", "--yes"]);
        assert_eq!(run(0, &["dataset", "list"]).len(), 2);
    }
    let wrong = Place::There(instance.server.url(""), "vas_wrong".into()).run(data.path(), &["dataset", "list"]);
    assert!(!wrong.status.success() && text(&wrong.stderr).contains("401"), "{}", text(&wrong.stderr));
    let away = Place::There("http://127.0.0.1:1".into(), "vas_x".into()).run(data.path(), &["dataset", "list"]);
    assert!(text(&away.stderr).contains("does not answer"), "{}", text(&away.stderr));
    instance.end().await;
    test.drop_it().await;
}

#[tokio::test]
async fn search_of_an_export_here_works_also_beside_a_server() {
    let instance = Instance::start(&[]).await;
    let (_, anna, _) = instance.invite("anna");
    instance.post("/api/v1/datasets", &anna, &json!({ "slug": "birds", "name": "Birds" }));
    let scene = fs::read(sample("scene-01.png")).expect("the sample is there");
    crate::datasets::add(&instance, &anna, "birds", &[("a.png", &scene), ("b.png", &scene)]);
    let (_, url) = instance.contents().await;
    let here = Place::Here(url);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    // The first time in a folder without an index, then with the one that was left, then in that of the server.
    for (number, data) in [folder.path(), folder.path(), instance.server.data()].into_iter().enumerate() {
        let to = folder.path().join(format!("{number}.csv"));
        let to = to.to_str().expect("the path is text");
        let found = here.json(data, 0, &["export", to, "--dataset", "birds", "--query", "name:b"]);
        assert_eq!(found[0]["counts"]["images"], 1, "{found:?}");
        assert!(fs::read_to_string(to).expect("it was written").contains("b.png"));
    }
    instance.end().await;
}
