// The page: which question is looked at, what the keys do, and what the server said.

import { change, get, onState, pending, settled } from "./api.js";
import { byId, h } from "./dom.js";
import { Form, grow } from "./form.js";
import * as paper from "./paper.js";
import { say, speak, spoken } from "./words.js";

const WINDOW = 120;
const POLL = 1500;
const state = {
  version: 0, stamp: 0, entries: new Map(), order: [], sequence: [], reviewed: 0, total: 0,
  current: null, question: null, form: null, caret: null, show: "all", by: "doubt", filter: "", doubt: [], keys: true, trouble: "", moving: false,
};

// ---- the list ----------------------------------------------------------------------------------------------

const SHOWS = {
  all: () => true,
  todo: (entry) => !entry.reviewed,
  draft: (entry) => entry.draft,
  finding: (entry) => entry.severity === "error" || entry.severity === "warning",
  key: (entry) => !entry.answered,
  skipped: (entry) => entry.skipped,
};

function matches(handle) {
  const entry = state.entries.get(handle);
  if (!entry || !SHOWS[state.show](entry)) return false;
  const wanted = state.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const words = `${entry.words} ${entry.handle} ${entry.tags.join(" ")} ${say(entry.kind)} #${entry.number}`.toLowerCase();
  return wanted.every((word) => words.includes(word));
}

const visible = () => state.order.filter(matches);

function arrangeOrder() {
  const keep = new Set(state.sequence);
  if (state.by === "bank") {
    state.order = [...state.sequence];
    return;
  }
  const order = state.doubt.filter((handle) => keep.has(handle));
  const known = new Set(order);
  state.sequence.forEach((handle, i) => {
    if (known.has(handle)) return;
    const before = order.indexOf(state.sequence[i - 1]);
    order.splice(before + 1, 0, handle);
    known.add(handle);
  });
  state.doubt = order;
  state.order = [...order];
}

function renderList() {
  const handles = visible();
  const list = byId("list").firstElementChild;
  const at = Math.max(0, handles.indexOf(state.current));
  const from = Math.max(0, at - WINDOW);
  const to = Math.min(handles.length, at + WINDOW);
  const rows = handles.slice(from, to).map((handle) => {
    const entry = state.entries.get(handle);
    const marks = [entry.reviewed && "reviewed", entry.draft && "draft", entry.skipped && "skipped", entry.severity].filter(Boolean);
    const current = handle === state.current;
    const spokenMarks = marks.map((mark) => say(mark)).join(", ");
    return h("li", {},
      h("button", { type: "button", class: `entry ${marks.join(" ")}`, "aria-current": current ? "true" : null, tabindex: current || (!state.current && handle === handles[0]) ? "0" : "-1", data: { handle }, on: { click: () => go(handle) } },
        h("span", { class: "number", text: entry.reviewed ? "✓" : String(entry.number), "aria-hidden": "true" }),
        h("span", { class: "about" }, h("span", { class: "hear", text: `${entry.number}. ` }), h("span", { class: "snippet", text: entry.words || "…" }), h("span", { class: "meta" }, say(entry.kind), entry.confidence !== null && entry.confidence < 1 ? ` · ${Math.round(entry.confidence * 100)} %` : "", spokenMarks ? ` · ${spokenMarks}` : "")),
      ),
    );
  });
  if (from > 0) rows.unshift(h("li", { class: "hint", text: say("more-above", from) }));
  if (to < handles.length) rows.push(h("li", { class: "hint", text: say("more-below", handles.length - to) }));
  if (!handles.length) rows.push(h("li", { class: "hint", text: state.total ? say("none-match") : say("empty") }));
  const kept = document.activeElement?.closest?.("#list") ? document.activeElement.dataset.handle : null;
  list.replaceChildren(...rows);
  const current = list.querySelector("[aria-current]");
  current?.scrollIntoView({ block: "nearest" });
  if (kept) (current ?? list.querySelector("button"))?.focus();
  byId("count").textContent = say("progress", state.reviewed, state.total);
  const meter = byId("meter");
  meter.max = Math.max(1, state.total);
  meter.value = state.reviewed;
  meter.setAttribute("aria-label", say("progress", state.reviewed, state.total));
}

// ---- the question ------------------------------------------------------------------------------------------

async function go(handle, { focus = "heading" } = {}) {
  if (!handle || (await held())) return;
  state.current = handle;
  state.caret = null;
  renderList();
  try {
    const question = await get(`/api/question/${encodeURIComponent(handle)}`);
    if (state.current === handle) display(question, focus);
  } catch (refusal) {
    if (refusal.status === 410) toast(say("gone"));
  }
}

function leave() {
  state.form?.flush();
}

/** Save what is typed; whether a value that was refused keeps us here. */
async function held() {
  leave();
  if (pending()) await settled();
  await new Promise((resolve) => setTimeout(resolve));
  const wrong = state.entries.has(state.current) ? state.form?.problem() : null;
  if (!wrong) return false;
  wrong.control.focus?.();
  toast(wrong.note.textContent);
  return true;
}

/** Show a question anew, or take over what changed in it. */
function display(question, focus = null) {
  state.question = question;
  const same = state.form && state.form.question.handle === question.handle && state.form.shape === Form.shape(question);
  const field = document.activeElement?.dataset?.field;
  const typed = state.form?.question.handle === question.handle && field ? state.form.fields.get(field) : null;
  if (!focus && (same || typed?.sent || typed?.dirty || typed?.flying)) {
    state.form.refresh(question); // with other controls, if it needs them, once the field is left
  } else {
    const held = document.activeElement?.closest?.("#question") ? document.activeElement.dataset.field : null;
    const caret = held ? [document.activeElement.selectionStart, document.activeElement.selectionEnd] : null;
    const moved = !state.form || state.form.question.handle !== question.handle;
    state.form = new Form(question, (name, value, revision, more) => save(question.handle, name, value, revision, more), ACTS);
    const heading = h("div", { id: "heading" });
    byId("question").replaceChildren(heading, state.form.element, h("div", { id: "aside" }), actions());
    state.form.element.querySelectorAll("textarea").forEach(grow);
    if (focus === "heading" && moved) byId("question").scrollTop = 0;
    if (held && !focus) {
      const control = byId("question").querySelector(`[data-field="${CSS.escape(held)}"]`);
      control?.focus();
      if (control?.setSelectionRange && caret?.[0] !== undefined && caret[0] !== null && control.type !== "select-one") control.setSelectionRange(...caret);
    }
  }
  describe(question);
  if (focus === "heading") byId("question").querySelector("h2")?.focus({ preventScroll: true });
  paper.show(question, state.stamp, go);
}

function describe(question) {
  const kept = byId("kind") === document.activeElement || document.activeElement?.id === "which";
  const id = document.activeElement?.id;
  const sure = question.confidence;
  const level = sure === null ? "" : sure < 0.6 ? "low" : sure < 0.8 ? "fair" : "high";
  const badges = [
    question.reviewed ? h("span", { class: "badge done", text: `✓ ${say("reviewed")}` }) : null,
    question.draft ? h("span", { class: "badge draft", text: say("draft") }) : null,
    question.skipped ? h("span", { class: "badge", text: say("skipped") }) : null,
    sure === null ? null : h("span", { class: `badge ${level}`, text: say("confidence", Math.round(sure * 100)) }),
  ];
  const kind = question.kinds.length
    ? h("select", { id: "kind", "aria-label": say("kind"), "aria-keyshortcuts": "t", on: { change: (event) => setKind(event.target.value) } }, [...new Set([question.kind, ...question.kinds])].map((name) => h("option", { value: name, text: say(name), selected: name === question.kind })))
    : h("span", { class: "kind", text: say(question.kind) });
  const reasons = question.source?.reasons ?? [];
  byId("heading").replaceChildren(
    h("div", { class: "line" }, h("h2", { id: "which", tabindex: "-1", "aria-label": `${say("question")} ${question.number}, ${say(question.kind)}, ${question.words.slice(0, 60)}` }, h("span", { class: "big", text: String(question.number) }), h("code", { text: question.handle })), kind, badges),
    ...(reasons.length ? [h("p", { class: "reasons" }, h("strong", { text: `${say("doubts")}: ` }), reasons.join("; "))] : []),
    findings(question),
  );
  if (kept && id) byId(id)?.focus();
  const open = Boolean(byId("aside").querySelector("details[open]"));
  byId("aside").replaceChildren(
    ...(question.others.length ? [h("p", { class: "hint", text: say("others", question.others.join(", ")) })] : []),
    h("details", { open }, h("summary", { text: say("json") }), h("pre", { tabindex: "0", text: question.json })),
  );
  refreshSplit();
}

function findings(question) {
  if (!question.findings.length) return h("ul", { class: "findings", hidden: true });
  return h("ul", { class: "findings", "aria-label": say("findings") }, question.findings.map((finding) =>
    h("li", { class: finding.severity, title: finding.about }, h("strong", { text: `${say(finding.severity)} ${finding.code}` }), ` ${finding.message}`, finding.hint ? h("em", { text: ` ${finding.hint}` }) : null)));
}

function actions() {
  const button = (name, key, act, kind = "") => h("button", { type: "button", id: `do-${name}`, class: kind, "aria-keyshortcuts": key, on: { click: act } }, say(name), h("kbd", { text: key, "aria-hidden": "true" }));
  return h("div", { class: "actions", role: "toolbar", "aria-label": say("question") },
    button("accept", "a", accept, "primary"), button("skip", "s", skip), button("merge", "m", merge), button("split", "x", split), button("undo", "u", undo));
}

function refreshSplit() {
  const button = byId("do-split");
  if (!button) return;
  const here = state.caret?.after?.trim();
  button.firstChild.textContent = here ? say("split-here", `“${here.slice(0, 8)}…”`) : say("split");
  byId("do-merge").disabled = !state.question?.previous;
  showSaved();
}

function showSaved() {
  const saved = byId("saved");
  if (!saved) return;
  const busy = pending() > 0;
  const words = state.trouble ? say("unsaved") : busy ? say("saving") : state.form?.dirty ? say("unsaved") : say("saved");
  if (saved.textContent !== words) saved.textContent = words;
  saved.className = state.trouble ? "bad" : "";
}

// ---- changes -----------------------------------------------------------------------------------------------

const ACTS = {
  go: (handle) => go(handle),
  typing: showSaved,
  left: () => {
    if (state.form && state.question && !state.form.dirty && state.form.shape !== Form.shape(state.question)) setTimeout(() => state.question && !state.form.dirty && display(state.question));
  },
  caret: (where, at, after) => {
    state.caret = { handle: state.current, where, at, after };
    refreshSplit();
  },
  arrange: (what, how, part) => act((question) => ({ do: "arrange", handle: question.handle, revision: question.revision, what, change: how, part })).then((done) => {
    if (done && how === "add") [...byId("question").querySelectorAll(`[data-field^="${what.slice(0, -1)}:"]`)].at(-1)?.focus();
  }),
};

async function save(handle, name, value, revision, more) {
  try {
    const done = await change(() => ({ do: "edit", handle, revision, field: name, value, more }), () => state.version);
    take(done);
    return done.question;
  } catch (refusal) {
    if (refusal.status !== 409) throw refusal;
    const settle = await ask(refusal.answer);
    refusal.settle = settle;
    throw refusal;
  }
}

/** A change of the whole question, made of what is seen once everything typed is saved. */
async function act(make, { next = false } = {}) {
  // What is pressed while the next question is on its way was not meant for it.
  if (state.moving || !state.question || (await held())) return null;
  const after = next ? following() : null;
  const question = state.question;
  state.moving = next;
  try {
    const done = await change(() => make(question), () => state.version);
    if (done === null) return null;
    take(done, { quiet: next });
    done.notes.filter(() => done.label !== "undo" && done.label !== "redo").forEach((note) => toast(note));
    if (next) {
      if (after) await go(after);
      else toast(say("all-done"));
    }
    return done;
  } catch (refusal) {
    toast(refusal.status === 409 ? say("conflict-question") : refusal.message);
    if (refusal.answer?.question) display(refusal.answer.question, "heading");
    if (refusal.status === 410) go(visible()[0]);
    return null;
  } finally {
    if (next) state.moving = false;
  }
}

/** Take over what the server says has changed. */
function take(delta, { quiet = false } = {}) {
  if (!delta) return;
  const known = state.version;
  if (delta.version < known) return;
  state.version = delta.version;
  for (const entry of delta.entries) state.entries.set(entry.handle, entry);
  for (const handle of delta.gone) state.entries.delete(handle);
  state.reviewed = delta.reviewed;
  state.total = delta.total;
  state.trouble = delta.trouble;
  banner(delta.trouble);
  if (delta.sequence) {
    state.sequence = delta.sequence;
    arrangeOrder();
    state.stamp = delta.version;
  }
  if (delta.outside) {
    state.stamp = delta.version;
    toast(say("outside"));
  }
  if (delta.version !== known || delta.sequence) renderList();
  if (state.current && !state.entries.has(state.current)) {
    const at = delta.handle && state.entries.has(delta.handle) ? delta.handle : visible()[0];
    if (!delta.handle) toast(say("gone"));
    state.form = null;
    go(at);
  } else if (delta.question && delta.question.handle === state.current) {
    if (!quiet) display(delta.question);
  } else if (delta.changed.includes(state.current) && !quiet) {
    const handle = state.current;
    get(`/api/question/${encodeURIComponent(handle)}`).then((question) => state.current === handle && display(question), () => undefined);
  }
}

/** The question to look at after this one: the next that is not reviewed, from here to the end, then from the start. */
function following() {
  const at = state.order.indexOf(state.current);
  const round = [...state.order.slice(at + 1), ...state.order.slice(0, Math.max(0, at))].filter(matches);
  const open = (handle) => !state.entries.get(handle).reviewed;
  return round.find((handle) => open(handle) && !state.entries.get(handle).skipped) ?? round.find(open) ?? null;
}

const accept = () => act((question) => ({ do: "accept", handle: question.handle, revision: question.revision }), { next: true });
const skip = () => act((question) => ({ do: "skip", handle: question.handle }), { next: true });

function setKind(kind) {
  return act((question) => ({ do: "edit", handle: question.handle, revision: question.revision, field: "kind", value: kind }));
}

async function merge() {
  if (!state.question?.previous) {
    toast(say("no-previous"));
    return;
  }
  const done = await act((question) => ({ do: "merge", handle: question.handle, revision: question.revision, previous_revision: question.previous_revision }));
  if (done) {
    toast(say("done-merge"));
    if (state.current !== done.handle) await go(done.handle);
  }
}

async function split() {
  const caret = state.caret;
  if (!caret || caret.handle !== state.current) {
    toast(say("no-cursor"));
    return;
  }
  const done = await act((question) => ({ do: "split", handle: question.handle, revision: question.revision, where: caret.where, at: caret.at }));
  if (done) {
    state.caret = null;
    toast(say("done-split"));
    refreshSplit();
  }
}

const undo = () => again("undo");
const redo = () => again("redo");

async function again(which) {
  const done = await act(() => ({ do: which, version: state.version }));
  if (!done) return;
  toast(say(`done-${which}`, say(`step-${done.notes[0]}`)));
  if (done.handle && done.handle !== state.current) await go(done.handle);
}

/** Show both versions of what two people changed; resolves to the question and whether mine is to be written. */
function ask(answer) {
  const dialog = byId("conflict");
  const words = (value) => {
    const text = value?.html ?? value?.text ?? (Array.isArray(value) ? value.join("\n") : value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));
    return text || say("nothing");
  };
  return new Promise((resolve) => {
    const end = (mine) => {
      dialog.close();
      if (answer.question && answer.question.handle === state.current) display(answer.question);
      resolve({ mine: mine && Boolean(answer.question), question: answer.question });
    };
    dialog.replaceChildren(
      h("h2", { id: "conflict-title", text: say("conflict") }),
      h("p", { text: say("conflict-field") }),
      h("div", { class: "versions" },
        h("section", {}, h("h3", { text: say("mine") }), h("pre", { tabindex: "0", text: words(answer.mine) })),
        h("section", {}, h("h3", { text: say("theirs") }), h("pre", { tabindex: "0", text: words(answer.theirs) }))),
      h("div", { class: "row" },
        h("button", { type: "button", class: "primary", id: "keep-theirs", text: say("keep-theirs"), on: { click: () => end(false) } }),
        h("button", { type: "button", id: "keep-mine", text: say("keep-mine"), disabled: !answer.question, on: { click: () => end(true) } })),
    );
    dialog.oncancel = (event) => {
      event.preventDefault();
      end(false);
    };
    if (!dialog.open) dialog.showModal();
  });
}

// ---- what is said ------------------------------------------------------------------------------------------

function toast(words) {
  const made = h("p", { text: words });
  byId("toasts").append(made);
  while (byId("toasts").children.length > 3) byId("toasts").firstElementChild.remove();
  setTimeout(() => made.remove(), 7000);
}

function banner(words) {
  const box = byId("banner");
  if (box.textContent !== words) box.textContent = words;
  box.hidden = !words;
}

onState(({ waiting, trouble }) => {
  if (trouble) {
    state.trouble = trouble;
    banner(["unreachable", "denied"].includes(trouble) ? say(trouble) : trouble);
  } else if (!waiting && state.trouble) {
    state.trouble = "";
    banner("");
  }
  showSaved();
});

function help() {
  const rows = [["j k", "move"], ["e c Esc", "edit"], ["1–9 A–H", "key"], ["a", "accept"], ["s", "skip"], ["t", "kind"], ["m", "merge"], ["x", "split"], ["u Shift+U", "undo"], ["/ l ?", "search"]];
  const toggle = h("input", { type: "checkbox", id: "shortcuts", checked: state.keys, on: { change: () => (state.keys = toggle.checked) } });
  const dialog = byId("help");
  dialog.replaceChildren(
    h("h2", { id: "help-title", text: say("help") }),
    h("table", {}, h("tbody", {}, rows.map(([keys, name]) => h("tr", {}, h("th", { scope: "row" }, keys.split(" ").map((key) => h("kbd", { text: key }))), h("td", { text: say(`help-${name}`) }))))),
    h("label", { class: "check" }, toggle, say("shortcuts-on")),
    h("button", { type: "button", class: "primary", text: say("close"), on: { click: () => dialog.close() } }),
  );
  dialog.showModal();
}

// ---- keys --------------------------------------------------------------------------------------------------

function step(by) {
  const handles = visible();
  const at = handles.indexOf(state.current);
  const next = handles[at < 0 ? 0 : Math.min(handles.length - 1, Math.max(0, at + by))];
  if (next && next !== state.current) go(next);
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  e: () => edit("stem"),
  c: () => (byId("question").querySelector('[data-field^="choice:"],[data-field^="prompt:"],[data-field^="item:"],[data-field="answer"],[data-field^="blank:"]') ?? byId("question").querySelector(".keys button"))?.focus(),
  a: accept,
  s: skip,
  t: () => {
    const kind = byId("kind");
    kind?.focus();
    try {
      kind?.showPicker?.();
    } catch {
      // Where a script may not open it, Alt+Down does.
    }
  },
  m: merge,
  x: split,
  u: undo,
  l: toggleList,
  "/": () => byId("filter").focus(),
  "?": help,
};

function edit(name) {
  const control = byId("question").querySelector(`[data-field="${name}"]`);
  if (!control) return;
  control.focus();
  control.setSelectionRange?.(control.value.length, control.value.length);
}

function toggleList() {
  const closed = document.body.classList.toggle("no-list");
  byId("toggle-list").setAttribute("aria-expanded", String(!closed));
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.metaKey || event.defaultPrevented) return;
  if (document.querySelector("dialog[open]")) return;
  const target = event.target;
  const typing = target.matches?.("textarea, input:not([type=checkbox]), select");
  if (event.key === "Escape" && typing) {
    event.preventDefault();
    state.form?.fields.get(target.dataset.field)?.giveUp();
    byId("which")?.focus();
    return;
  }
  if (event.ctrlKey && event.key === "Enter") {
    event.preventDefault();
    accept();
    return;
  }
  if (event.altKey && event.code === "KeyX" && target.matches?.("textarea")) {
    event.preventDefault();
    split();
    return;
  }
  if (target.id === "filter" && event.key === "Enter") {
    event.preventDefault();
    go(visible().includes(state.current) ? state.current : visible()[0]);
    return;
  }
  if (target.closest?.("#list") && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    const handles = visible();
    const next = handles[handles.indexOf(target.dataset.handle) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) go(next, { focus: "list" });
    return;
  }
  if (typing || event.ctrlKey || event.altKey || !state.keys) return;
  const index = /^[1-9]$/.test(event.key) ? Number(event.key) - 1 : /^[A-H]$/.test(event.key) && event.shiftKey ? event.key.charCodeAt(0) - 65 : -1;
  if (index >= 0) {
    event.preventDefault();
    if (!state.form?.press) toast(say("no-key"));
    else state.form.press(index);
  } else if (event.key === "U" && event.shiftKey) {
    event.preventDefault();
    redo();
  } else if (KEYS[event.key] && (!event.shiftKey || event.key === "?" || event.key === "/")) {
    event.preventDefault();
    if (!event.repeat || "jk".includes(event.key)) KEYS[event.key]();
  }
});

// ---- beginning ---------------------------------------------------------------------------------------------

function label() {
  document.querySelectorAll("[data-say]").forEach((element) => (element.textContent = say(element.dataset.say)));
  document.querySelectorAll("[data-label]").forEach((element) => element.setAttribute("aria-label", say(element.dataset.label)));
  byId("filter").placeholder = say("filter");
  byId("filter").setAttribute("aria-label", say("filter-label"));
  const fill = (id, name, options) => {
    const select = byId(id);
    select.setAttribute("aria-label", say(`${name}-label`));
    select.replaceChildren(...options.map((option) => h("option", { value: option, text: say(`${name}-${option}`), selected: option === state[name] })));
  };
  fill("show", "show", Object.keys(SHOWS));
  fill("by", "by", ["doubt", "bank"]);
  byId("language").textContent = spoken() === "zh" ? "English" : "中文";
  byId("language").lang = spoken() === "zh" ? "en" : "zh-CN";
}

async function poll() {
  try {
    const delta = await get(`/api/changes?since=${state.version}`);
    if (delta.version !== state.version || delta.trouble !== state.trouble) take(delta);
    else if (state.trouble && !pending()) banner((state.trouble = ""));
    if (!pending() && !delta.trouble) banner((state.trouble = ""));
  } catch (refusal) {
    state.trouble = refusal.status === 403 ? "denied" : "unreachable";
    banner(say(state.trouble));
  }
  showSaved();
  setTimeout(poll, document.hidden ? 5 * POLL : POLL);
}

async function begin() {
  speak(document.body.dataset.language);
  label();
  byId("filter").addEventListener("input", () => {
    state.filter = byId("filter").value;
    renderList();
  });
  for (const name of ["show", "by"]) {
    byId(name).addEventListener("change", () => {
      state[name] = byId(name).value;
      arrangeOrder();
      renderList();
    });
  }
  byId("toggle-list").addEventListener("click", toggleList);
  byId("open-help").addEventListener("click", help);
  byId("language").addEventListener("click", async () => {
    leave();
    await settled();
    speak(spoken() === "zh" ? "en" : "zh");
    label();
    renderList();
    state.form = null;
    if (state.question) display(state.question, "none");
    byId("language").focus();
  });
  window.addEventListener("beforeunload", (event) => {
    leave();
    if (pending() || state.form?.dirty) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => document.hidden && leave());
  if (matchMedia("(max-width: 62rem)").matches) toggleList();
  const everything = await get("/api/all");
  state.doubt = everything.order;
  take({ ...everything, outside: false });
  await go(state.order[0]);
  setTimeout(poll, POLL);
  document.documentElement.dataset.ready = "true";
}

begin().catch((refusal) => banner(refusal.status === 403 ? say("denied") : String(refusal.message)));
