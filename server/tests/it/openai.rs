//! The paths of OpenAI's API. `end2end/clients` tries them with its own package.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::program::{Answer, Server, sample};

fn chat(server: &Server, body: &Value) -> Answer {
    server.post("/v1/chat/completions", Some("application/json"), body.to_string().as_bytes())
}

fn about_scene(words: &str) -> Value {
    let bytes = std::fs::read(sample("scene-01.png")).expect("the sample is there");
    let url = format!("data:image/png;base64,{}", STANDARD.encode(bytes));
    let parts = json!([{"type": "text", "text": words}, {"type": "image_url", "image_url": {"url": url}}]);
    json!({"model": "florence-2", "messages": [{"role": "user", "content": parts}]})
}

#[test]
fn words_about_a_picture_are_answered_in_their_shape() {
    let server = Server::start(&["--num-beams", "1"]);
    let answer = chat(&server, &about_scene("Give me a short caption."));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let json = answer.json();
    assert_eq!(json["object"], "chat.completion");
    assert!(json["id"].as_str().is_some_and(|id| id.starts_with("chatcmpl-")), "{json}");
    assert_eq!(json["model"], "vasari-demo");
    assert_eq!(json["choices"][0]["message"]["role"], "assistant");
    assert_eq!(json["choices"][0]["finish_reason"], "stop");
    assert!(json["choices"][0]["message"]["content"].as_str().is_some_and(|words| words.len() > 5), "{json}");
    assert!(json["usage"]["completion_tokens"].as_u64().is_some_and(|tokens| tokens > 2), "{json}");
    let objects = chat(&server, &about_scene("<OD>")).json();
    let content = objects["choices"][0]["message"]["content"].as_str().expect("there is content");
    let regions: Value = serde_json::from_str(content).expect("regions are JSON");
    assert!(regions["bboxes"].as_array().is_some_and(|boxes| !boxes.is_empty()), "{regions}");
    let mut short = about_scene("In detail, please.");
    short["max_tokens"] = json!(6);
    assert_eq!(chat(&server, &short).json()["choices"][0]["finish_reason"], "length");
}

#[test]
fn chunks_add_up_to_the_answer() {
    let server = Server::start(&["--num-beams", "1"]);
    for words in ["What is it?", "<OD>"] {
        let whole = chat(&server, &about_scene(words)).json();
        let mut ask = about_scene(words);
        (ask["stream"], ask["stream_options"]) = (json!(true), json!({"include_usage": true}));
        let answer = chat(&server, &ask);
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"), "{}", answer.text());
        let text = answer.text();
        let mut data: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        assert_eq!(data.pop(), Some("[DONE]"));
        let chunks: Vec<Value> = data.iter().map(|data| serde_json::from_str(data).expect("a chunk is JSON")).collect();
        let content: String =
            chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
        assert_eq!(content, whole["choices"][0]["message"]["content"].as_str().expect("there is content"));
        let (usage, pieces) = chunks.split_last().expect("there are chunks");
        assert_eq!(usage["usage"]["completion_tokens"], whole["usage"]["completion_tokens"]);
        assert_eq!(pieces.last().expect("there are pieces")["choices"][0]["finish_reason"], "stop");
        assert!(chunks.iter().all(|chunk| chunk["object"] == "chat.completion.chunk"));
    }
}

#[test]
fn failures_have_the_sentence_where_these_programs_look() {
    let server = Server::start(&[]);
    let with = |name: &str, value: Value| {
        let mut ask = about_scene("");
        ask[name] = value;
        ask
    };
    for (ask, status, kind, start) in [
        (with("n", json!(2)), 400, "invalid-field", "n: it is 2"),
        (with("max_tokens", json!("x")), 400, "invalid-field", "max_tokens: "),
        (with("temperature", json!(11)), 400, "invalid-field", "temperature: "),
        (with("messages", json!([])), 400, "invalid-field", "messages: "),
        (with("messages", json!([{"role": "user", "content": "hello"}])), 400, "missing-image", "Send the picture"),
        (with("model", json!("gpt-4o")), 404, "unknown-model", "model: "),
        (with("model", json!(null)), 400, "invalid-field", "model: "),
    ] {
        let answer = chat(&server, &ask);
        let detail = answer.expect_problem(status, kind);
        assert!(detail.starts_with(start), "{detail}");
        assert_eq!(answer.json()["error"]["message"], detail);
        assert_eq!(answer.json()["error"]["code"], kind);
    }
    server.post("/v1/chat/completions", Some("text/plain"), b"x").expect_problem(415, "unsupported-media-type");
}

#[test]
fn running_model_is_listed() {
    let server = Server::start(&[]);
    let list = server.get("/v1/models").json();
    assert_eq!((&list["object"], &list["data"][0]["id"]), (&json!("list"), &json!("vasari-demo")));
    assert_eq!(server.get("/v1/models/vasari-demo").json()["object"], "model");
    assert_eq!(server.get("/v1/models/florence-2").status, 200);
    server.get("/v1/models/microsoft%2FFlorence-2-base").expect_problem(404, "unknown-model");
    server.get("/v1/models/microsoft/Florence-2-base").expect_problem(404, "unknown-model");
}

#[test]
fn tasks_and_model_are_told() {
    let server = Server::start(&["--num-beams", "2"]);
    let tasks = server.get("/tasks").json();
    assert_eq!(tasks["tasks"].as_array().map(Vec::len), Some(15));
    assert_eq!(tasks["tasks"][0]["task"], "<CAPTION>");
    assert!(tasks["tasks"].as_array().unwrap().iter().any(|task| task["input"] == "region"), "{tasks}");
    let model = server.get("/model_info").json();
    assert_eq!((&model["model_type"], &model["name"]), (&json!("florence-2"), &json!("vasari-demo")));
    assert_eq!(model["defaults"]["num_beams"], 2);
    assert_eq!(model["tasks"], tasks["tasks"]);
}
