//! The OpenAPI document, and a page to try what it describes.

use std::collections::BTreeSet;

use axum::Router;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderValue, header};
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

/// The page: reads the document and offers a form for each operation.
const PAGE: &str = include_str!("openapi.html");
const SCRIPT: &str = include_str!("openapi.js");
const STYLE: &str = include_str!("openapi.css");

/// `/v3/api-docs` with the document, `/swagger-ui.html` with a page to try it: where Spring's
/// users look for them.
pub fn openapi_routes(document: &OpenApi) -> Router {
    let json = Bytes::from(serde_json::to_vec(document).unwrap_or_default());
    let document = move || {
        let json = json.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], json) }
    };
    Router::new()
        .route("/v3/api-docs", get(document))
        .route("/swagger-ui.html", get(page))
        .route(
            "/swagger-ui/openapi.js",
            get(|| async { ([(header::CONTENT_TYPE, "text/javascript")], SCRIPT) }),
        )
        .route(
            "/swagger-ui/openapi.css",
            get(|| async { ([(header::CONTENT_TYPE, "text/css")], STYLE) }),
        )
}

/// `document` with what handlers' descriptions cannot say: a parameter is given or not, but never
/// `null`; an empty one in the query, as forms send it, is the same as none; all problems are of one
/// schema; and in a merge patch no member is required.
#[must_use]
pub fn finished_document(document: OpenApi) -> OpenApi {
    let Ok(mut json) = serde_json::to_value(&document) else { return document };
    let (mut patches, mut shared) = (BTreeSet::new(), Vec::new());
    let paths = json.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    let operations = paths.filter_map(|(_, operations)| operations.as_object_mut()).flatten();
    for (_, operation) in operations {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            if let Some(types) = parameter.pointer_mut("/schema/type") {
                without_null(types);
            }
            let is_of_query = parameter.get("in").is_some_and(|place| place == "query");
            if let Some(schema) = parameter.get_mut("schema").filter(|_| is_of_query) {
                unsigned(schema);
                or_empty(schema);
            }
        }
        let answers = operation.get_mut("responses").and_then(Value::as_object_mut);
        for (_, answer) in answers.into_iter().flatten() {
            let problem = answer.pointer_mut("/content/application~1problem+json/schema");
            if let Some(problem) = problem.filter(|problem| problem.get("$ref").is_none()) {
                shared.push(problem.take());
                *problem = json!({"$ref": "#/components/schemas/Problem"});
            }
        }
        let body = operation.pointer_mut("/requestBody/content/application~1merge-patch+json");
        if let Some(Value::String(name)) = body.and_then(|body| body.pointer_mut("/schema/$ref")) {
            patches.insert(name.clone());
            name.push_str("Patch");
        }
    }
    if let (Some(problem), Some(Value::Object(schemas))) =
        (shared.pop(), json.pointer_mut("/components/schemas"))
    {
        schemas.insert("Problem".to_owned(), problem);
    }
    for name in patches {
        let name = name.trim_start_matches("#/components/schemas/").to_owned();
        let Some(Value::Object(schemas)) = json.pointer_mut("/components/schemas") else { break };
        if let Some(mut patch) = schemas.get(&name).cloned() {
            if let Some(members) = patch.as_object_mut() {
                members.remove("required");
            }
            schemas.insert(format!("{name}Patch"), patch);
        }
    }
    serde_json::from_value(json).unwrap_or(document)
}

/// `["string", "null"]` as `"string"`.
fn without_null(types: &mut Value) {
    if let Value::Array(all) = types {
        all.retain(|one| one != "null");
        if let [one] = all.as_slice() {
            *types = one.clone();
        }
    }
}

/// What is a number, a moment or the like, or else nothing.
fn or_empty(schema: &mut Value) {
    let is_text = schema.get("type").is_some_and(|kind| kind == "string");
    let is_list = schema.get("type").is_some_and(|kind| kind == "array");
    if !is_list && (!is_text || schema.get("format").is_some()) {
        let form = schema.take();
        *schema = json!({"anyOf": [form, {"type": "string", "maxLength": 0}]});
    }
}

/// Says that numbers without a sign go up to 4,294,967,295: the macros call them `int32`.
fn unsigned(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else { return };
    let is = |name: &str, value: Value| members.get(name) == Some(&value);
    if is("format", json!("int32")) && is("minimum", json!(0)) {
        members.insert("format".to_owned(), json!("int64"));
        members.insert("maximum".to_owned(), json!(u32::MAX));
    }
}

async fn page() -> impl IntoResponse {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                  base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = [(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy))];
    (headers, Html(PAGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_never_null_and_patches_require_nothing() {
        let reference = json!({"schema": {"$ref": "#/components/schemas/Thing"}});
        let document = json!({
            "openapi": "3.1.0", "info": {"title": "x", "version": "1"},
            "paths": {"/things": {"patch": {
                "parameters": [{"name": "a", "in": "query", "required": false, "schema": {"type": ["string", "null"]}},
                    {"name": "b", "in": "query", "required": false, "schema": {"type": "string", "format": "uuid"}},
                    {"name": "c", "in": "query", "required": false,
                     "schema": {"type": "integer", "format": "int32", "minimum": 0}}],
                "requestBody": {"content": {"application/merge-patch+json": reference}},
                "responses": {"400": {"description": "x", "content": {
                    "application/problem+json": {"schema": {"type": "object"}}}}},
            }}},
            "components": {"schemas": {"Thing": {
                "type": "object", "required": ["name"], "properties": {"name": {"type": "string"}},
            }}},
        });
        let finished = finished_document(serde_json::from_value(document).unwrap());
        let json = serde_json::to_value(finished).unwrap();
        let patch = &json["paths"]["/things"]["patch"];
        assert_eq!(patch["parameters"][0]["schema"]["type"], "string");
        assert_eq!(patch["parameters"][1]["schema"]["anyOf"][1]["maxLength"], 0);
        assert_eq!(patch["parameters"][2]["schema"]["anyOf"][0]["maximum"], u32::MAX);
        let content = &patch["requestBody"]["content"]["application/merge-patch+json"];
        assert_eq!(content["schema"]["$ref"], "#/components/schemas/ThingPatch");
        let problem = &patch["responses"]["400"]["content"]["application/problem+json"];
        assert_eq!(problem["schema"]["$ref"], "#/components/schemas/Problem");
        let schemas = &json["components"]["schemas"];
        assert_eq!(schemas["Problem"], json!({"type": "object"}));
        assert_eq!(schemas["Thing"]["required"], json!(["name"]));
        assert_eq!(schemas["ThingPatch"].get("required"), None);
        assert_eq!(schemas["ThingPatch"]["properties"], schemas["Thing"]["properties"]);
    }
}
