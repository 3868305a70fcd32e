// The right side: a question as fields. Every field saves itself shortly after it was typed in.

import { h, letter, markup, points } from "./dom.js";
import { say } from "./words.js";

const DELAY = 400;
const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

/** The fields of one question, and what is typed in them but not yet saved. */
export class Form {
  /** `save(name, value, revision, more)` resolves to the question as saved, or rejects; `act` does the rest. */
  constructor(question, save, act) {
    this.question = question;
    this.save = save;
    this.act = act;
    this.fields = new Map();
    this.element = h("form", { class: "form", autocomplete: "off", on: { submit: (event) => event.preventDefault() } });
    this.shape = Form.shape(question);
    this.fill();
  }

  /** What decides which controls there are; values may change without it. */
  static shape(question) {
    const { kind, values, blanks, material, kinds } = question;
    const parts = ["choices", "prompts", "items"].map((what) => (values[what] ?? []).map(([id]) => id));
    const rich = Object.entries(values).filter(([, value]) => value?.html !== undefined).map(([name]) => name);
    return JSON.stringify([question.handle, kind, parts, blanks, rich, kinds, material, kind === "ordering" ? values.key : null]);
  }

  /** Whether something typed is not saved. */
  get dirty() {
    return [...this.fields.values()].some((field) => field.dirty || field.flying);
  }

  /** The first field whose value the server refused, if there is one. */
  problem() {
    return [...this.fields.values()].find((field) => !field.note.hidden);
  }

  /** Send at once what was typed. */
  flush() {
    for (const field of this.fields.values()) if (field.dirty) field.send();
  }

  /** Take over a newer state of the question; a field that is being typed in keeps what is in it. */
  refresh(question) {
    this.question = question;
    for (const field of this.fields.values()) field.refresh();
    for (const [name, element] of this.previews ?? []) this.preview(name, element);
  }

  fill() {
    const { question } = this;
    const { kind } = question;
    this.previews = new Map();
    const body = [];
    if (question.material) body.push(this.material());
    body.push(this.text("stem", say("stem"), { keys: "e" }));
    if (kind === "single_choice" || kind === "multiple_choice") body.push(this.choices(true));
    if (kind === "true_false") body.push(this.truth());
    if (kind === "short_answer") body.push(this.lines("answer", say("answer")));
    if (kind === "numeric") body.push(this.lines("answer", say("answer-numeric")));
    if (kind === "essay") body.push(this.text("answer", say("answer-essay")));
    if (kind === "cloze") body.push(this.blanks());
    if (kind === "matching") body.push(this.prompts(), this.choices(false));
    if (kind === "ordering") body.push(this.items());
    body.push(this.text("explanation", say("explanation")));
    const row = [];
    if ("points" in question.values) row.push(this.line("points", say("points"), { inputmode: "decimal" }));
    row.push(this.select("difficulty", say("difficulty"), [[null, say("difficulty-none")], ...[1, 2, 3, 4, 5].map((n) => [n, String(n)])]));
    if (kind === "essay") row.push(this.select("style", say("style"), ["term", "short", "long"].map((s) => [s, say(`style-${s}`)])));
    row.push(this.select("status", say("status"), ["draft", "ready"].map((s) => [s, say(s)])));
    body.push(h("div", { class: "row" }, row));
    const open = question.values.title || question.values.tags.length || question.values.category.length;
    body.push(
      h("details", { open: Boolean(open) }, h("summary", { text: say("more") }),
        h("div", { class: "row wide" }, this.line("title", say("title")), this.lines("tags", say("tags")), this.lines("category", say("category"))),
      ),
    );
    this.element.replaceChildren(...body);
  }

  material() {
    const { material } = this.question;
    const words = material.shown ? markup("div", { class: "rich" }, material.shown) : h("div", { class: "rich plain", text: material.text });
    return h("details", { class: "material", open: true }, h("summary", { text: say("material") }), words,
      h("button", { type: "button", class: "quiet", text: say("go-material"), on: { click: () => this.act.go(material.handle) } }));
  }

  /** A field that sends itself: `get` gives its value, `set` shows one. */
  field(name, control, get, set) {
    const form = this;
    const note = h("p", { class: "problem", id: `problem-${name}`, hidden: true });
    const field = {
      control, note, dirty: false, flying: false, revision: 0, sent: false, timer: 0,
      touch(delay = DELAY) {
        if (!field.dirty && !field.flying) field.revision = form.question.revision;
        field.dirty = true;
        form.act.typing();
        clearTimeout(field.timer);
        field.timer = setTimeout(() => field.send(), delay);
      },
      async send() {
        clearTimeout(field.timer);
        if (field.flying || !field.dirty) return;
        field.dirty = false;
        field.flying = true;
        const value = get();
        try {
          const question = await form.save(name, value, field.revision, field.sent);
          field.problem("");
          field.sent = true;
          if (question) field.revision = question.revision;
        } catch (refusal) {
          if (refusal.settle) {
            field.settle(refusal.settle);
          } else {
            field.problem(refusal.message);
          }
        }
        field.flying = false;
        if (field.dirty) field.send();
        else field.refresh();
        form.act.typing();
      },
      settle(choice) {
        if (choice.question) form.question = choice.question;
        field.dirty = false;
        if (choice.mine) {
          field.revision = choice.question.revision;
          field.dirty = true;
        } else {
          set(form.question.values[name] ?? null);
        }
      },
      refresh() {
        const typing = document.activeElement === control && field.sent;
        if (field.dirty || field.flying || typing || !note.hidden) return;
        if (name in form.question.values) set(form.question.values[name]);
      },
      /** Leave a value that was refused, for the one that is saved. */
      giveUp() {
        if (note.hidden) return;
        field.problem("");
        set(form.question.values[name] ?? null);
      },
      problem(message) {
        note.textContent = message;
        note.hidden = !message;
        if (message) {
          control.setAttribute("aria-invalid", "true");
          control.setAttribute("aria-describedby", note.id);
        } else {
          control.removeAttribute("aria-invalid");
        }
      },
    };
    control.addEventListener("blur", () => {
      field.send();
      field.sent = false;
      if (!field.flying) field.refresh();
      form.act.left();
    });
    this.fields.set(name, field);
    set(this.question.values[name] ?? null);
    return field;
  }

  area(name, label, get, set, attributes = {}) {
    const control = h("textarea", { id: `field-${name}`, rows: 1, spellcheck: "false", data: { field: name }, "aria-label": label, ...attributes });
    const field = this.field(name, control, () => get(control), (value) => {
      const text = set(value);
      if (control.value !== text) control.value = text;
      grow(control);
    });
    control.addEventListener("input", () => {
      grow(control);
      field.touch();
    });
    for (const event of ["keyup", "pointerup", "input", "focus"]) {
      control.addEventListener(event, () => this.act.caret(name, points(control.value.slice(0, control.selectionStart)), control.value.slice(control.selectionStart, control.selectionStart + 12)));
    }
    return field;
  }

  /** A text, plain or rich; a rich one is edited as HTML source and shown as students see it. */
  rich(name, label, attributes, short = false) {
    let html = this.question.values[name]?.html !== undefined;
    const field = this.area(name, label, (control) => (html ? { html: control.value } : { text: control.value }), (value) => value?.html ?? value?.text ?? "", attributes);
    const preview = h("div", { class: "preview" });
    this.previews.set(name, preview);
    this.preview(name, preview);
    const toggle = h("button", {
      type: "button", class: "quiet", text: short ? "</>" : say(html ? "rich" : "to-rich"), "aria-label": `${say(html ? "rich" : "to-rich")}: ${label}`, title: say(html ? "rich" : "to-rich"), disabled: html,
      on: {
        click: () => {
          html = true;
          toggle.disabled = true;
          if (!short) toggle.textContent = say("rich");
          field.control.value = `<p>${field.control.value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\n", "<br/>")}</p>`;
          field.control.classList.add("source");
          grow(field.control);
          field.control.focus();
          field.sent = true;
        },
      },
    });
    field.control.classList.toggle("source", html);
    return { field, preview, toggle };
  }

  preview(name, element) {
    const html = this.question.shown[name];
    element.hidden = html === undefined;
    element.replaceChildren(...(html === undefined ? [] : [markup("div", { class: "rich", role: "group", "aria-label": say("shown") }, html)]));
  }

  text(name, label, { keys = null } = {}) {
    const { field, preview, toggle } = this.rich(name, label, { "aria-keyshortcuts": keys });
    return h("div", { class: `field ${name}` }, h("div", { class: "label" }, h("label", { for: field.control.id, text: label }), toggle), preview, field.control, field.note);
  }

  lines(name, label) {
    const field = this.area(name, label, (control) => lines(control.value), (value) => (value ?? []).join("\n"));
    return h("div", { class: "field" }, h("label", { for: field.control.id, text: label }), field.control, field.note);
  }

  line(name, label, attributes = {}) {
    const control = h("input", { id: `field-${name}`, data: { field: name }, spellcheck: "false", ...attributes });
    const field = this.field(name, control, () => control.value, (value) => {
      control.value = value ?? "";
    });
    control.addEventListener("input", () => field.touch());
    return h("div", { class: "field" }, h("label", { for: control.id, text: label }), control, field.note);
  }

  select(name, label, options) {
    const { field } = this.picker(name, label, options);
    return h("div", { class: "field" }, h("label", { for: field.control.id, text: label }), field.control, field.note);
  }

  picker(name, label, options, get = (value) => value, set = (value) => value) {
    const control = h("select", { id: `field-${name}`, data: { field: name }, "aria-label": label }, options.map(([, words], i) => h("option", { value: String(i), text: words })));
    const field = this.field(name, control, () => get(options[Number(control.value)][0]), (value) => {
      control.value = String(Math.max(0, options.findIndex(([option]) => option === set(value))));
    });
    control.addEventListener("change", () => field.touch(0));
    return { field };
  }

  /** Buttons that choose the key; the whole key is one field. */
  keyField() {
    const buttons = new Map();
    const group = h("div", { class: "keys" });
    let key = null;
    const field = this.field("key", group, () => key, (value) => {
      key = value;
      for (const [id, button] of buttons) button.setAttribute("aria-pressed", String(Array.isArray(key) ? key.includes(id) : key === id));
    });
    const press = (id) => {
      const many = this.question.kind === "multiple_choice";
      if (many) {
        const next = (key ?? []).includes(id) ? key.filter((one) => one !== id) : [...(key ?? []), id];
        key = next.length ? next : null;
      } else {
        key = key === id ? null : id;
      }
      for (const [one, button] of buttons) button.setAttribute("aria-pressed", String(Array.isArray(key) ? key.includes(one) : key === one));
      field.touch(0);
    };
    this.press = (index) => {
      const id = [...buttons.keys()][index];
      if (id === undefined) return false;
      press(id);
      return true;
    };
    const button = (id, words, label) => {
      const made = h("button", { type: "button", class: "key", "aria-pressed": "false", "aria-label": label, text: words, on: { click: () => press(id) } });
      buttons.set(id, made);
      return made;
    };
    return { button, field, show: () => field.refresh() };
  }

  choices(keyed) {
    const ids = this.question.values.choices.map(([id]) => id);
    const key = keyed ? this.keyField() : null;
    const rows = ids.map((id, i) => {
      const name = say("choice", letter(i));
      const mark = key ? key.button(id, letter(i), say("key-of", letter(i))) : h("span", { class: "key flat", text: letter(i) });
      return this.part("choices", id, `choice:${id}`, name, mark, i);
    });
    key?.show();
    return h("fieldset", { class: "parts" }, h("legend", { text: say("choices") }), h("ol", {}, rows), this.adder("choices"), key?.field.note ?? null);
  }

  part(what, id, name, label, mark, index, extra = null) {
    const { field, preview, toggle } = this.rich(name, label, {}, true);
    toggle.classList.add("tiny");
    const raise = h("button", { type: "button", class: "quiet tiny", text: "↑", "aria-label": say("raise", label), title: say("raise", label), disabled: index === 0, on: { click: () => this.act.arrange(what, "raise", id) } });
    const remove = h("button", { type: "button", class: "quiet tiny", text: "×", "aria-label": say("remove", label), title: say("remove", label), on: { click: () => this.act.arrange(what, "remove", id) } });
    const tools = what === "items" ? [toggle, remove] : [toggle, raise, remove];
    return h("li", {}, mark, h("div", { class: "words" }, preview, field.control, field.note, extra), h("div", { class: "handles" }, tools));
  }

  adder(what) {
    return h("button", { type: "button", class: "quiet", text: `+ ${say(`add-${what}`)}`, on: { click: () => this.act.arrange(what, "add", "") } });
  }

  truth() {
    const key = this.keyField();
    const buttons = [[true, "true"], [false, "false"]].map(([value, word]) => {
      const made = key.button(value, say(word), say(word));
      made.classList.add("long");
      return made;
    });
    key.show();
    return h("fieldset", { class: "parts" }, h("legend", { text: say("key") }), h("div", { class: "keys" }, buttons), key.field.note);
  }

  prompts() {
    const { values } = this.question;
    const options = [[null, say("key-unknown")], ...values.choices.map(([id, text], i) => [id, `${letter(i)}  ${(text?.text ?? text?.html ?? "").slice(0, 40)}`])];
    const pickers = new Map();
    const group = h("div", {});
    const field = this.field("key", group, () => Object.fromEntries([...pickers].map(([id, control]) => [id, options[Number(control.value)][0]])), (value) => {
      for (const [id, control] of pickers) control.value = String(Math.max(0, options.findIndex(([choice]) => choice === (value?.[id] ?? null))));
    });
    const rows = values.prompts.map(([id], i) => {
      const label = say("partner-of", i + 1);
      const control = h("select", { "aria-label": label, data: { field: `partner:${id}` } }, options.map(([, words], n) => h("option", { value: String(n), text: words })));
      control.addEventListener("change", () => field.touch(0));
      pickers.set(id, control);
      return this.part("prompts", id, `prompt:${id}`, say("prompt", i + 1), h("span", { class: "key flat", text: String(i + 1) }), i, control);
    });
    field.refresh();
    return h("fieldset", { class: "parts" }, h("legend", { text: say("prompts") }), h("ol", {}, rows), this.adder("prompts"), field.note);
  }

  items() {
    const { values } = this.question;
    const known = values.key !== null;
    const ids = known ? values.key : values.items.map(([id]) => id);
    const group = h("div", {});
    let key = values.key;
    const field = this.field("key", group, () => key, (value) => {
      key = value;
    });
    const set = (next) => {
      key = next;
      field.touch(0);
    };
    const rows = ids.map((id, i) => {
      const label = say("raise", say("item", i + 1));
      const up = h("button", { type: "button", class: "key", text: i ? "↑" : "1", disabled: i === 0, "aria-label": label, title: label, on: { click: () => set([...ids.slice(0, i - 1), id, ids[i - 1], ...ids.slice(i + 1)]) } });
      return this.part("items", id, `item:${id}`, say("item", i + 1), up, i);
    });
    const confirm = known ? null : h("button", { type: "button", class: "quiet", text: say("this-order"), on: { click: () => set(ids) } });
    return h("fieldset", { class: "parts" }, h("legend", { text: say(known ? "items" : "items-unordered") }), h("ol", {}, rows), h("div", { class: "row" }, this.adder("items"), confirm), field.note);
  }

  blanks() {
    const rows = this.question.blanks.map((blank, i) => {
      const label = say("blank", `${i + 1} (${blank.id})`);
      if (blank.kind !== "choice") return this.lines(`blank:${blank.id}`, label);
      return h("div", { class: "row wide" }, this.select(`blank:${blank.id}`, label, [[null, say("key-unknown")], ...blank.choices]), this.lines(`blank:${blank.id}:choices`, say("blank-choices", blank.id)));
    });
    return h("fieldset", { class: "parts" }, h("legend", { text: say("key") }), rows);
  }
}

const sized = CSS.supports("field-sizing", "content");

/** A textarea as high as its text, where the browser does not do that by itself. */
export function grow(control) {
  if (sized) return;
  control.style.height = "auto";
  control.style.height = `${control.scrollHeight + 2}px`;
}
