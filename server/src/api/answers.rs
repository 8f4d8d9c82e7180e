//! What the document says of answers: what may be null in one is always there.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use utoipa::openapi::{OpenApi, RefOr, Schema, schema::ArrayItems};

/// Requires of every type that no request has the members that may be null. Their descriptions leave open whether they come,
/// because a request may leave out what is null. An answer does not: what it leaves out is never null.
pub(crate) fn require_nullable(document: &mut OpenApi) {
    let asked = asked_types(&json!(document));
    let schemas = document.components.iter_mut().flat_map(|components| &mut components.schemas);
    for (_, schema) in schemas.filter(|(name, _)| !asked.contains(name.as_str())) {
        complete(schema);
    }
}

/// The names of all types that requests are made of.
fn asked_types(document: &Value) -> BTreeSet<String> {
    let operations = document["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    let operations = operations.filter_map(Value::as_object).flat_map(|operations| operations.values());
    let mut found = BTreeSet::new();
    operations.for_each(|operation| collect(&operation["requestBody"], document, &mut found));
    found
}

fn collect(value: &Value, document: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, document, found)),
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str).and_then(|reference| reference.rsplit('/').next());
            if let Some(name) = name
                && found.insert(name.to_owned())
            {
                collect(&document["components"]["schemas"][name], document, found);
            }
            members.values().for_each(|member| collect(member, document, found));
        }
        _ => {}
    }
}

fn complete(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            object.properties.values_mut().for_each(complete);
            let nullable = object.properties.iter().filter(|(_, property)| may_be_null(property)).map(|(name, _)| name);
            let missing: Vec<String> = nullable.filter(|name| !object.required.contains(name)).cloned().collect();
            object.required.extend(missing);
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                complete(items);
            }
        }
        Schema::AllOf(all) => all.items.iter_mut().for_each(complete),
        Schema::OneOf(one) => one.items.iter_mut().for_each(complete),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(complete),
        _ => {}
    }
}

fn may_be_null(schema: &RefOr<Schema>) -> bool {
    let schema = json!(schema);
    let is_null = |schema: &Value| schema["type"] == "null";
    schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"))
        || schema["oneOf"].as_array().is_some_and(|options| options.iter().any(is_null))
}

#[cfg(test)]
mod tests {
    use serde_json::from_value;

    use super::*;

    #[test]
    fn answers_have_what_may_be_null_and_requests_may_leave_it_out() {
        let member = |name: &str| json!({ "type": "object", "properties": { name: { "type": ["string", "null"] } } });
        let reference = |name: &str| json!({ "schema": { "$ref": format!("#/components/schemas/{name}") } });
        let inner = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Inner" } });
        let mut document: OpenApi = from_value(json!({
            "openapi": "3.1.0",
            "info": { "title": "", "version": "" },
            "paths": { "/": { "post": {
                "requestBody": { "content": { "application/json": reference("Asked") } },
                "responses": { "200": { "description": "", "content": { "application/json": reference("Told") } } },
            } } },
            "components": { "schemas": {
                "Asked": { "type": "object", "properties": { "inner": inner } },
                "Inner": member("left_out"),
                "Told": { "allOf": [member("there"), { "type": "object", "properties": {
                    "none": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Inner" }] },
                    "absent": { "type": "string" },
                } }] },
            } },
        }))
        .unwrap();
        require_nullable(&mut document);
        let schemas = &json!(document)["components"]["schemas"];
        assert!(schemas["Inner"].get("required").is_none());
        assert_eq!(schemas["Told"]["allOf"][0]["required"], json!(["there"]));
        assert_eq!(schemas["Told"]["allOf"][1]["required"], json!(["none"]));
    }
}
