// Keeps the page fresh: asks for it again and changes only what differs, so that unfolded parts, the
// focus, a text selection and a half-typed search stay as they are.
"use strict";

(() => {
  const body = document.body;
  const period = Number(body.dataset.refresh);
  const lamp = document.getElementById("live");
  const text = document.getElementById("live-text");
  const button = document.getElementById("live-button");
  if (!period || !lamp) return;

  let timer = 0;
  let request = null;
  let isPaused = false;
  let freshAt = new Date();

  const clock = (date) => date.toLocaleTimeString([], { hour12: false });

  function show(state) {
    body.dataset.live = state;
    const words = {
      on: "Live",
      paused: "Paused at " + clock(freshAt),
      lost: "Disconnected, showing " + clock(freshAt),
    }[state];
    // Written only when different: it is read aloud on every change.
    if (text.textContent !== words) text.textContent = words;
    button.textContent = isPaused ? "Resume" : "Pause";
  }

  function plan(wait) {
    clearTimeout(timer);
    if (!isPaused && !document.hidden) timer = setTimeout(refresh, wait);
  }

  // `isOther`: the address changed, so the server's folding counts, not the reader's.
  async function refresh(isOther = false) {
    clearTimeout(timer);
    if (request) request.abort();
    const mine = (request = new AbortController());
    const limit = setTimeout(() => mine.abort(), 20000);
    const startedAt = performance.now();
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: mine.signal });
      if (!answer.ok) throw new Error("status " + answer.status);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const main = fresh.getElementById("main");
      if (!main || fresh.title !== document.title) throw new Error("another page");
      if (request !== mine) return;
      patch(document.getElementById("main"), main, isOther);
      freshAt = new Date();
      show(isPaused ? "paused" : "on");
    } catch (error) {
      if (request !== mine) return;
      show("lost");
    } finally {
      clearTimeout(limit);
      if (request === mine) {
        request = null;
        // A page that takes long is asked for less often.
        plan(Math.max(period, 10 * (performance.now() - startedAt)));
      }
    }
  }

  const keyOf = (node) => (node.nodeType === 1 && (node.dataset.key || node.id)) || "";

  // Makes `old` equal to `fresh`, keeping every node that is still there.
  function patch(old, fresh, isOther) {
    patchAttributes(old, fresh, isOther);
    const wanted = new Set();
    for (const node of fresh.childNodes) wanted.add(keyOf(node));
    const known = new Map();
    for (const node of [...old.childNodes]) {
      const key = keyOf(node);
      if (key && !wanted.has(key)) node.remove();
      else if (key) known.set(key, node);
    }
    let at = old.firstChild;
    for (const node of [...fresh.childNodes]) {
      const key = keyOf(node);
      let same = key ? known.get(key) : at;
      if (!key && same && keyOf(same)) same = null;
      if (same && same.nodeName !== node.nodeName) same = null;
      if (!same) {
        old.insertBefore(document.importNode(node, true), at);
        continue;
      }
      if (same === at) at = at.nextSibling;
      else old.insertBefore(same, at);
      if (same.nodeType === 1) patch(same, node, isOther);
      else if (same.nodeValue !== node.nodeValue) same.nodeValue = node.nodeValue;
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  function patchAttributes(old, fresh, isOther) {
    const isKept = (name) => name === "open" && old.nodeName === "DETAILS" && !isOther;
    for (const { name, value } of fresh.attributes) {
      if (!isKept(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) {
      if (!isKept(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
    }
  }

  // Search while typing. Without script the form does the same with its button.
  let typing = 0;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("#search");
    if (!form) return;
    clearTimeout(typing);
    typing = setTimeout(() => {
      const wanted = new URLSearchParams(new FormData(form));
      history.replaceState(null, "", "?" + wanted);
      refresh(true);
    }, 250);
  });

  button.addEventListener("click", () => {
    isPaused = !isPaused;
    if (isPaused) {
      clearTimeout(timer);
      show("paused");
    } else {
      refresh();
    }
  });

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else if (!isPaused) refresh();
  });

  lamp.hidden = false;
  show("on");
  plan(period);
})();
