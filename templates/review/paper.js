// The left side: the paper a question came from, its words marked and in view.

import { get } from "./api.js";
import { byId, h } from "./dom.js";
import { say } from "./words.js";

const cache = new Map();
let shown = { document: null, stamp: -1 };
let wanted = 0;

/** Show where a question came from; `stamp` changes when the questions of papers do. */
export async function show(question, stamp, go) {
  const panel = byId("paper");
  const mine = ++wanted;
  if (!question || !question.source) {
    shown = { document: null, stamp };
    panel.replaceChildren(heading(null), h("p", { class: "hint", text: question ? say("paper-none") : "" }));
    return;
  }
  const source = question.source;
  const key = JSON.stringify([source.document, stamp]);
  if (!cache.has(key)) {
    cache.clear();
    cache.set(key, get(`/api/paper?document=${encodeURIComponent(source.document)}`));
  }
  let paper;
  try {
    paper = await cache.get(key);
  } catch {
    cache.delete(key);
    return;
  }
  if (mine !== wanted) return;
  const whole = paper.found && paper.placed.includes(question.handle);
  if (!paper.found || !whole) {
    shown = { document: null, stamp };
    const why = paper.found ? say("paper-unplaced") : paper.message ? say("paper-unreadable", paper.message) : say("paper-missing", source.document);
    panel.replaceChildren(heading(source), h("p", { class: "hint", text: why }), h("div", { class: "sheet" }, h("mark", { class: "here", text: source.text ?? "" })));
    return;
  }
  if (shown.document !== source.document || shown.stamp !== stamp) {
    const sheet = h("div", { class: "sheet" }, paper.segments.map((segment) => piece(segment, go)));
    panel.replaceChildren(heading(source), sheet);
    shown = { document: source.document, stamp };
  } else {
    panel.replaceChild(heading(source), panel.firstElementChild);
  }
  point(panel, question.handle);
}

function heading(source) {
  const place = source?.line ? (source.end_line > source.line ? say("lines", source.line, source.end_line) : say("line", source.line)) : "";
  const parts = [source?.section, source?.number && `№ ${source.number}`, place].filter(Boolean).join(" · ");
  return h("header", {}, h("h2", { text: source?.document ?? say("paper") }), h("p", { text: parts }));
}

function piece(segment, go) {
  const owner = segment.in[0];
  if (!owner) return segment.unclaimed ? h("span", { class: "loose", title: say("loose"), text: segment.text }) : document.createTextNode(segment.text);
  const element = h("span", { class: "claimed", text: segment.text, on: { click: () => getSelection().isCollapsed && go(owner) } });
  element.owners = segment.in;
  return element;
}

function point(panel, handle) {
  let first = null;
  for (const element of panel.querySelectorAll(".claimed")) {
    const here = element.owners.includes(handle);
    element.classList.toggle("here", here);
    if (here && !first) first = element;
  }
  if (!first) return;
  const top = first.getClientRects()[0]?.top ?? first.getBoundingClientRect().top;
  const offset = top - panel.getBoundingClientRect().top;
  panel.scrollTop += offset - panel.clientHeight / 3;
}
