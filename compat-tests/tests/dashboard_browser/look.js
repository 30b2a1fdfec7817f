// What a careful reader would complain about, as a list of sentences.
(() => {
  const found = [];
  const shown = (e) => e.checkVisibility && e.checkVisibility() && e.getClientRects().length > 0;

  // Nothing reaches beyond the right edge, unless its own box scrolls.
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    found.push("the page is " + document.documentElement.scrollWidth + " wide, the window " + width);
  }
  for (const e of document.querySelectorAll("body *")) {
    // A part that only assistive programs meet is cut down to a point by its clip path.
    const part = e.closest("thead, label");
    const isSeen = shown(e) && !(part && getComputedStyle(part).clipPath !== "none");
    if (isSeen && e.getBoundingClientRect().right > width + 1 && !e.closest("pre")) {
      found.push("reaches out: " + e.outerHTML.slice(0, 120));
    }
  }

  // Text stands out from what is behind it by 4.5 to 1 at least (WCAG AA).
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (css) => {
    probe.clearRect(0, 0, 1, 1);
    probe.fillStyle = css;
    probe.fillRect(0, 0, 1, 1);
    return [...probe.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => {
      v /= 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const seen = new Set();
  for (const e of document.querySelectorAll("body *")) {
    const hasText = [...e.childNodes].some((n) => n.nodeType === 3 && n.nodeValue.trim());
    if (!hasText || !shown(e) || e.closest("[aria-hidden=true]")) continue;
    const [a, b] = [light(rgba(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const kind = e.nodeName + "." + e.className + " in " + e.parentElement.className;
    if (ratio < 4.5 && !seen.has(kind)) found.push("contrast " + ratio.toFixed(2) + ": " + kind);
    seen.add(kind);
  }

  // What assistive programs need.
  if (!document.documentElement.lang) found.push("no language");
  if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
  if (document.querySelectorAll("main").length !== 1) found.push("not one main");
  let level = 1;
  for (const h of document.querySelectorAll("h1,h2,h3,h4")) {
    const next = Number(h.nodeName[1]);
    if (next > level + 1) found.push("heading skips a level: " + h.textContent);
    level = next;
  }
  for (const e of document.querySelectorAll("input:not([type=hidden])")) {
    if (!e.labels.length) found.push("no label: " + e.outerHTML);
  }
  for (const e of document.querySelectorAll("th:not([scope])")) found.push("no scope: " + e.outerHTML);
  for (const e of document.querySelectorAll("a[href],button,summary")) {
    if (!e.textContent.trim()) found.push("no name: " + e.outerHTML.slice(0, 120));
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids.filter((id, at) => ids.indexOf(id) !== at)) found.push("twice: " + id);

  // Links stay on this server in relative form, or are web addresses.
  for (const e of document.querySelectorAll("[href],[src]")) {
    const url = e.getAttribute("href") ?? e.getAttribute("src");
    if (!/^(https?:\/\/|\.\.?\/|\?|#)/i.test(url)) found.push("address: " + url);
  }
  return found;
})()
