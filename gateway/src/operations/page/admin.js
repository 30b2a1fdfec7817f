// Keeps what is shown fresh: the page is asked for again and only what differs is changed, so that
// unfolded parts, the focus and a half-written question stay as they are.
"use strict";

(() => {
  const body = document.body;
  const live = document.getElementById("live");
  const text = document.getElementById("live-text");
  const button = document.getElementById("live-button");
  const period = Number(body.dataset.refresh);
  if (!live || !period) return;

  let timer = 0;
  let paused = false;
  let asked = 0;

  function say(state) {
    body.dataset.live = state;
    const words = { on: "Live", paused: "Paused", lost: "No answer" }[state];
    if (text.textContent !== words) text.textContent = words;
    button.textContent = paused ? "Resume" : "Pause";
  }

  function later(wait) {
    clearTimeout(timer);
    if (!paused && !document.hidden) timer = setTimeout(refresh, wait);
  }

  async function refresh() {
    const turn = ++asked;
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), 15000);
    const since = performance.now();
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: stop.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("main");
      if (!fresh) throw new Error("another page");
      if (turn !== asked) return;
      merge(document.getElementById("main"), fresh);
      say(paused ? "paused" : "on");
    } catch {
      if (turn === asked) say("lost");
    } finally {
      clearTimeout(limit);
      if (turn === asked) later(Math.max(period, 10 * (performance.now() - since)));
    }
  }

  const keyOf = (node) => (node.nodeType === 1 && (node.dataset.key || node.id)) || "";
  // What people type into is theirs.
  const isTheirs = (node) => node.nodeName === "FORM";

  // Makes `old` like `fresh` and keeps every node that is in both.
  function merge(old, fresh) {
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) {
      const isUnfolded = name === "open" && old.nodeName === "DETAILS";
      if (!isUnfolded && !fresh.hasAttribute(name)) old.removeAttribute(name);
    }
    const byKey = new Map();
    for (const node of old.childNodes) if (keyOf(node)) byKey.set(keyOf(node), node);
    let at = old.firstChild;
    for (const node of [...fresh.childNodes]) {
      const key = keyOf(node);
      let same = key ? byKey.get(key) : at && !keyOf(at) ? at : null;
      if (same && same.nodeName !== node.nodeName) same = null;
      if (!same) {
        old.insertBefore(document.importNode(node, true), at);
        continue;
      }
      if (same === at) at = at.nextSibling;
      else old.insertBefore(same, at);
      if (same.nodeType !== 1) {
        if (same.nodeValue !== node.nodeValue) same.nodeValue = node.nodeValue;
      } else if (!isTheirs(same)) {
        merge(same, node);
      }
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  button.addEventListener("click", () => {
    paused = !paused;
    asked++;
    clearTimeout(timer);
    if (paused) say("paused");
    else refresh();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else if (!paused) refresh();
  });

  live.hidden = false;
  say("on");
  later(period);
})();
