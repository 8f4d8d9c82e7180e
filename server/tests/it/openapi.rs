//! The description of the API, and the page that shows it.

use serde_json::Value;

use crate::program::Server;

#[test]
fn every_path_is_described_with_how_it_fails() {
    let server = Server::start(&[]);
    let document = server.get("/openapi.json").json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{document}");
    let paths = document["paths"].as_object().expect("there are paths");
    for (method, path) in [
        ("post", "/caption"),
        ("post", "/detailed_caption"),
        ("post", "/batch_caption"),
        ("post", "/v1/chat/completions"),
        ("get", "/v1/models"),
        ("get", "/v1/models/{id}"),
        ("get", "/tasks"),
        ("get", "/model_info"),
        ("get", "/health"),
        ("get", "/livez"),
        ("get", "/readyz"),
        ("post", "/api/v1/model/reload"),
    ] {
        let operation = &paths[path][method];
        assert!(operation["summary"].is_string() && operation["tags"].is_array(), "{method} {path}: {operation}");
        let responses = operation["responses"].as_object().expect("answers are described");
        for status in ["200", "401", "429", "500", "503"] {
            assert!(responses.contains_key(status), "{method} {path} has no {status}");
        }
        for (status, response) in responses.iter().filter(|(status, _)| !status.starts_with('2')) {
            let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/ProblemDocument", "{method} {path} {status}");
        }
    }
    let schemas = &document["components"]["schemas"];
    let beams = |body: &str| schemas[body]["properties"]["num_beams"].clone();
    for body in ["CaptionFormBody", "CaptionJson", "BatchForm", "BatchJson"] {
        assert_eq!((&beams(body)["minimum"], &beams(body)["maximum"]), (&Value::from(1), &Value::from(16)), "{body}");
    }
    assert!(schemas["CaptionJson"]["properties"].get("batch_size").is_none());
}

#[test]
fn types_of_one_name_do_not_hide_each_other() {
    let document = Server::start(&[]).get("/openapi.json").json();
    let schemas = &document["components"]["schemas"];
    let referred = |schema: &Value| {
        let reference = schema["$ref"].as_str().expect("it is a reference");
        document.pointer(&reference[1..]).expect("references lead somewhere").to_string()
    };
    let outcome = |answer: &str| {
        let parts = schemas[answer]["allOf"].as_array().expect("it is put together");
        referred(parts.iter().find(|part| part.get("$ref").is_some()).expect("of what came of it"))
    };
    assert!(outcome("AddedImage").contains("already_there"));
    assert!(outcome("BatchResult").contains("CaptionResponse"));
    assert!(referred(&schemas["SearchFieldsResponse"]["properties"]["sources"]["items"]).contains("prefix"));
}

#[test]
fn references_of_the_document_lead_somewhere() {
    let document = Server::start(&[]).get("/openapi.json").json();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("references stay within the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| collect(member, references));
        }
        _ => {}
    }
}

#[test]
fn viewer_comes_with_the_program() {
    let server = Server::start(&[]);
    let page = server.get("/docs/");
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self';"), "{policy}");
    let html = page.text();
    let scripts: Vec<_> = html.split("<script src=\"./").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(scripts.len() >= 3, "{html}");
    for script in scripts {
        assert_eq!(server.get(&format!("/docs/{script}")).status, 200, "{script}");
    }
    assert!(!html.contains("https://"), "{html}");
    let set_up = server.get("/docs/swagger-initializer.js").text();
    assert!(set_up.contains("/openapi.json"), "{set_up}");
}
