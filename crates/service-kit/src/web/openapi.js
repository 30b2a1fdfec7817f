"use strict";

const make = (name, text) => {
  const element = document.createElement(name);
  if (text) element.textContent = text;
  return element;
};

const resolve = (doc, schema) => {
  const path = schema && schema.$ref;
  if (!path) return schema || {};
  return path.split("/").slice(1).reduce((at, part) => at[part] || {}, doc);
};

/** An empty body with the members of a schema. */
const sample = (doc, schema) => {
  const members = resolve(doc, schema).properties || {};
  const body = {};
  for (const name of Object.keys(members)) body[name] = null;
  return JSON.stringify(body, null, 2);
};

const field = (form, name, label, note, large) => {
  const box = make("label", label);
  const input = make(large ? "textarea" : "input");
  input.name = name;
  box.append(input, make("span", note));
  form.append(box);
  return input;
};

const operation = (doc, path, method, about) => {
  const details = make("details");
  const summary = make("summary");
  summary.append(make("b", method.toUpperCase()), document.createTextNode(" " + path + "  "));
  summary.append(make("small", about.summary || about.description || ""));
  const form = make("form");
  const parameters = (about.parameters || []).map((parameter) => ({
    parameter,
    input: field(form, parameter.name, parameter.name, `${parameter.in}: ${parameter.description || ""}`),
  }));
  const content = about.requestBody && about.requestBody.content;
  const type = content && Object.keys(content)[0];
  let body = null;
  if (type) {
    body = field(form, "body", "body", type, true);
    body.value = sample(doc, content[type].schema);
  }
  const send = make("button", "Send");
  const answer = make("pre");
  answer.hidden = true;
  form.append(send, answer);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const query = new URLSearchParams();
    const headers = {};
    let url = path;
    for (const { parameter, input } of parameters) {
      if (input.value === "") continue;
      if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
      else if (parameter.in === "header") headers[parameter.name] = input.value;
      else query.append(parameter.name, input.value);
    }
    if (type) headers["Content-Type"] = type;
    answer.hidden = false;
    try {
      const target = "." + url + (query.size ? "?" + query : "");
      const response = await fetch(target, { method: method.toUpperCase(), headers, body: body && body.value });
      let text = await response.text();
      try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON */ }
      const tag = response.headers.get("etag");
      answer.textContent = `${response.status} ${response.statusText}${tag ? "\nETag: " + tag : ""}\n\n${text}`;
    } catch (error) {
      answer.textContent = String(error);
    }
  });
  details.append(summary, form);
  return details;
};

const show = async () => {
  const doc = await (await fetch("v3/api-docs")).json();
  document.title = doc.info.title;
  document.getElementById("title").textContent = `${doc.info.title} ${doc.info.version}`;
  document.getElementById("about").textContent = doc.info.description || "";
  const main = document.getElementById("operations");
  for (const [path, methods] of Object.entries(doc.paths)) {
    for (const [method, about] of Object.entries(methods)) {
      if (about.responses) main.append(operation(doc, path, method, about));
    }
  }
};

show();
