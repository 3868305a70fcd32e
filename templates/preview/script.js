
"use strict";
(() => {
  const held = (id) => JSON.parse(document.getElementById(id).textContent);
  const settings = held("settings");
  const words = held("words");
  const kindNames = held("kind-names");
  const questions = held("data");
  const assets = held("assets");
  const unread = held("unread-data");
  const byId = (id) => document.getElementById(id);

  const say = (name, ...values) => words[name].replace(/\{(\d)\}/g, (_, i) => values[i]);
  const amount = (value) => String(Math.round(value * 100) / 100);
  const letter = (i) => (i < 26 ? "" : letter(Math.floor(i / 26) - 1)) + String.fromCharCode(65 + (i % 26));

  // ---- nodes: every one is made here, none is parsed from text

  const HTML = new Set(
    "p br em strong u sub sup code pre blockquote ul ol li table caption thead tbody tr th td hr img audio a span div".split(" "),
  );
  const MATH = new Set(
    ("math mrow mi mn mo mtext mspace ms mfrac msqrt mroot mstyle merror mpadded mphantom msub msup msubsup munder mover " +
      "munderover mmultiscripts mprescripts none mtable mtr mtd menclose").split(" "),
  );
  const HTML_ATTRIBUTES = new Set("alt width height colspan rowspan start lang class".split(" "));
  const MATH_ATTRIBUTES = new Set(
    ("display mathvariant stretchy fence separator form lspace rspace minsize maxsize largeop movablelimits accent accentunder " +
      "linethickness columnalign rowalign columnspacing rowspacing columnlines rowlines frame width height depth notation " +
      "displaystyle scriptlevel mathcolor mathbackground mathsize symmetric alttext columnspan rowspan").split(" "),
  );
  const MATH_SPACE = "http://www.w3.org/1998/Math/MathML";

  function make(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  const spoken = (text) => make("span", { class: "spoken" }, text);

  function rich(value, gap) {
    const fragment = document.createDocumentFragment();
    if (value !== undefined) fragment.append(...(typeof value === "string" ? [value] : value.map((one) => nodeOf(one, gap, false))));
    return fragment;
  }

  function nodeOf(value, gap, inMath) {
    if (typeof value === "string") return document.createTextNode(value);
    const [tag, attributes, ...children] = value;
    if (tag === "gap") return gap ? gap(attributes.n) : document.createTextNode("____");
    const isMath = inMath || tag === "math";
    if (!(isMath ? MATH : HTML).has(tag)) return rich(children, gap);
    const element = isMath ? document.createElementNS(MATH_SPACE, tag) : document.createElement(tag);
    for (const [name, text] of Object.entries(attributes)) {
      if ((isMath ? MATH_ATTRIBUTES : HTML_ATTRIBUTES).has(name)) element.setAttribute(name, text);
    }
    if (!isMath) special(element, attributes);
    element.append(...children.map((child) => nodeOf(child, gap, isMath)));
    if (tag !== "table") return element;
    return make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": words.table }, element);
  }

  function special(element, attributes) {
    if (attributes.asset !== undefined) element.src = assets[attributes.asset] ?? "data:,";
    if (element.localName === "audio") {
      element.controls = true;
      element.preload = "metadata";
      element.setAttribute("aria-label", say("sound", attributes.asset));
    }
    if (element.localName === "a" && /^(https?:\/\/|mailto:)/i.test(attributes.href ?? "")) {
      element.href = attributes.href;
      element.target = "_blank";
      element.rel = "noopener noreferrer";
    }
  }

  const plain = (value) =>
    typeof value === "string" ? value : (value ?? []).map((one) => (typeof one === "string" ? one : plain(one.slice(2)))).join(" ");

  const copy = (id) => byId(id).content.cloneNode(true);
  const slot = (root, name) => root.querySelector(`[data-slot="${name}"]`);
  function proto(root, name) {
    const element = root.querySelector(`[data-proto="${name}"]`);
    element.remove();
    delete element.dataset.proto;
    return element;
  }

  let names = 0;
  const freshName = () => `n${++names}`;
  const named = (element) => (element.id ||= freshName());

  // ---- marking: what each entry of a response earns, and how that adds up

  const clean = (text, asWritten) => {
    const normal = text.normalize("NFC");
    return asWritten ? normal : normal.toLowerCase();
  };

  function fits(pieces, text, asWritten) {
    const parts = pieces.map((piece) => clean(piece, asWritten));
    if (parts.length === 1) return text === parts[0].trim();
    const first = parts[0].trimStart();
    const last = parts.at(-1).trimEnd();
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const piece of parts.slice(1, -1)) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  }

  function numberIn(written, units) {
    const text = written.normalize("NFKC").replaceAll("\u2212", "-").trim();
    const whole = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(.*)$/is.exec(text);
    if (whole) return { value: Number(whole[1]), unit: whole[2].trim() };
    for (const { name } of units) {
      const sign = name.normalize("NFKC");
      if (text.startsWith(sign)) {
        const rest = numberIn(text.slice(sign.length), []);
        if (rest && rest.unit === "") return { value: rest.value, unit: sign };
      }
    }
    return null;
  }

  function measured(written, part) {
    const units = part.units ?? [];
    const found = numberIn(written, units);
    if (!found || (found.unit && !units.length)) return { trouble: "not_a_number" };
    if (!found.unit) return part.unit_required ? { trouble: "unit_missing" } : { value: found.value, slack: 0 };
    const unit = units.find((one) => one.name.normalize("NFKC").trim() === found.unit);
    if (!unit) return { trouble: "unit_unknown" };
    const value = found.value * unit.factor;
    return { value, slack: unit.factor === 1 ? 0 : Math.abs(value) * 1e-12 }; // a product of floats may be off by a hair
  }

  function entry(part, given) {
    if (part.pick !== undefined) {
      const ticked = given === true;
      return { earn: ticked ? part.pick : 0, best: Math.max(part.pick, 0), right: ticked === part.pick > 0, given: ticked };
    }
    if (part.options) {
      const best = Math.max(...part.options);
      const earn = given === null ? 0 : part.options[given];
      return { earn, best, right: earn > 0 && earn === best, given: given !== null };
    }
    const list = part.texts ?? part.numbers;
    const best = Math.max(...list.map((one) => one.earn));
    const nothing = { earn: 0, best, right: false, given: given.trim() !== "" };
    if (!nothing.given) return nothing;
    let found;
    if (part.texts) {
      const text = clean(given.trim(), part.case);
      found = list.find((one) => fits(one.like, text, part.case));
    } else {
      const { value, slack, trouble } = measured(given, part);
      if (trouble) return { ...nothing, trouble };
      found = list.find((one) => value >= one.low - slack && value <= one.high + slack);
    }
    if (!found) return nothing;
    return { ...nothing, earn: found.earn, right: found.earn > 0 && found.earn === best, feedback: found.feedback };
  }

  function mark(marking, response) {
    const entries = marking.parts.map((part, i) => entry(part, response[i]));
    let score = entries.reduce((sum, one) => sum + one.earn, 0);
    if (marking.rule === "exact") score = entries.every((one) => one.right) ? marking.of : 0;
    if (marking.least !== undefined) score = Math.max(marking.least, score);
    const rounding = marking.of === 1e9 ? entries.length : 0; // the denominator of scores that had to be rounded
    if (score >= marking.of - rounding) score = marking.of;
    const state = score === marking.of ? "correct" : score > 0 ? "partial" : "incorrect";
    return { share: score / marking.of, state, entries };
  }

  // ---- kinds: each fills its answer area and says what was answered

  const SIGNS = { right: "✓", partly: "◐", wrong: "✗" };

  function setMark(element, state) {
    element.className = `mark ${state ?? ""}`;
    element.replaceChildren(...(state ? [make("span", { "aria-hidden": "true" }, SIGNS[state]), spoken(` (${words[state]})`)] : []));
  }

  const stateOf = (one) => (one.right ? "right" : one.earn > 0 ? "partly" : "wrong");

  function keyLine(list, entries = []) {
    if (!list?.length) return null;
    const line = make("ul", { class: "keys" });
    list.forEach(([text, ...notes], i) => {
      const item = make("li", {}, text ? make("b", {}, text) : null, notes.length ? ` (${notes.join(", ")})` : null);
      if (entries[i]?.feedback !== undefined) item.append(make("span", { class: "key-feedback" }, rich(entries[i].feedback)));
      line.append(item);
    });
    return line;
  }

  const entriesOf = (q, i = 0) => q.marking?.parts[i].texts ?? q.marking?.parts[i].numbers;
  const shortKey = (list) => (list ?? []).filter(([text]) => text).map(([text, share]) => (share ? `${text} (${share})` : text)).join(" / ");

  function choices(root, q, part) {
    const box = slot(root, "choices");
    box.setAttribute("aria-labelledby", named(part.stem));
    box.setAttribute("aria-describedby", named(slot(root, "prompt")));
    const line = proto(root, "choice");
    const group = freshName();
    const rows = q.choices.map((choice, i) => {
      const row = line.cloneNode(true);
      row.querySelector("input").name = group;
      if (q.kind === "true_false") slot(row, "letter").remove();
      else slot(row, "letter").append(letter(i));
      slot(row, "text").append(rich(choice.text));
      slot(row, "feedback").append(rich(choice.feedback));
      slot(row, "feedback").hidden = choice.feedback === undefined;
      row.classList.toggle("is-key", q.key?.includes(i) ?? false);
      box.append(row);
      return row;
    });
    const inputs = rows.map((row) => row.querySelector("input"));
    const several = q.kind === "multiple_choice";
    const weights = several ? q.marking?.parts.map((one) => one.pick) : q.marking?.parts[0].options;
    const notes = (i) => {
      const weight = (weights?.[i] ?? 0) / (q.marking?.of ?? 1);
      return q.about?.some(([name, text]) => name === "about_scoring" && text === words.scoring_weighted) ? [`${amount(weight * 100)} %`] : [];
    };
    const weighted = notes(0).length > 0;
    return {
      response() {
        const ticked = inputs.map((input) => input.checked);
        if (!ticked.includes(true)) return null;
        return several ? ticked : [ticked.indexOf(true)];
      },
      show({ entries }) {
        rows.forEach((row, i) => {
          if (!inputs[i].checked) return;
          const one = several ? entries[i] : entries[0];
          const state = several ? (one.earn > 0 ? "right" : "wrong") : stateOf(one);
          row.classList.add("said", `got-${state}`);
          setMark(slot(row, "mark"), state);
        });
      },
      clear() {
        rows.forEach((row, i) => {
          row.classList.remove("said", "got-right", "got-wrong", "got-partly");
          setMark(slot(row, "mark"), null);
        });
      },
      key() {
        const shown = q.choices.map((_, i) => i).filter((i) => (weighted ? weights[i] !== 0 : q.key?.includes(i)));
        return shown.length ? keyLine(shown.map((i) => [q.kind === "true_false" ? plain(q.choices[i].text) : letter(i), ...notes(i)])) : null;
      },
    };
  }

  function field(root, q, part) {
    const input = root.querySelector("input");
    input.setAttribute("aria-describedby", named(part.stem));
    if (q.kind === "numeric") {
      const hint = slot(root, "prompt");
      if (q.units?.length) hint.append(" ", say(q.unit_required ? "unit_needed" : "unit_hint", q.units.join(", ")));
    }
    return {
      response: () => (input.value.trim() ? [input.value] : null),
      show: ({ entries }) => setMark(slot(root, "mark"), stateOf(entries[0])),
      clear: () => setMark(slot(root, "mark"), null),
      key: () => keyLine(q.key, entriesOf(q)),
    };
  }

  function select(element, options, worded) {
    element.append(make("option", { value: "" }, words.choose));
    options.forEach((text, i) => element.append(make("option", { value: String(i) }, worded ? text : `${letter(i)}. ${text}`)));
  }

  const chosen = (element) => (element.value === "" ? null : Number(element.value));

  function lettered(choiceList, paperOnly) {
    const list = make("ul", { class: paperOnly ? "letters paper-only" : "letters" });
    choiceList.forEach((choice, i) => {
      list.append(make("li", {}, make("span", { class: "letter" }, letter(i)), " ", make("span", { class: "text" }, rich(choice.text))));
    });
    return list;
  }

  function cloze(root, q, part) {
    const models = { text: proto(root, "text"), numeric: proto(root, "numeric"), choice: proto(root, "choice") };
    const loose = slot(root, "loose");
    const richOptions = slot(root, "rich");
    const gaps = q.blanks.map((blank, i) => {
      const gap = models[blank.kind].cloneNode(true);
      const control = gap.querySelector("input, select");
      control.setAttribute("aria-label", say("gap", i + 1));
      if (blank.kind === "choice") {
        select(control, blank.options, blank.worded);
        slot(gap, "paper").append(`____ (${blank.options.map((text, j) => (blank.worded ? text : letter(j))).join(" / ")})`);
        if (!blank.worded) {
          richOptions.hidden = false;
          richOptions.append(make("p", { class: "label" }, say("gap", i + 1)), lettered(blank.choices));
        }
      }
      const at = blank.worded === false ? blank.options.indexOf(blank.key?.[0]?.[0]) : -1;
      slot(gap, "gap-key").append(at < 0 ? shortKey(blank.key) : letter(at));
      return gap;
    });
    part.stem.replaceChildren(rich(q.stem, (n) => gaps[n]));
    for (const n of q.loose ?? []) {
      if (loose.hidden) loose.append(make("p", { class: "label" }, words.gap_other));
      loose.hidden = false;
      loose.append(make("p", {}, `${say("gap", n + 1)} `, gaps[n]));
    }
    const controls = gaps.map((gap) => gap.querySelector("input, select"));
    return {
      response() {
        const given = controls.map((one) => (one.localName === "select" ? chosen(one) : one.value));
        return given.every((one) => one === null || (typeof one === "string" && !one.trim())) ? null : given;
      },
      show({ entries }) {
        entries.forEach((one, i) => setMark(slot(gaps[i], "mark"), stateOf(one)));
      },
      remarks({ entries }) {
        return entries.map((one, i) => {
          const picked = q.blanks[i].kind === "choice" ? q.blanks[i].choices[chosen(controls[i])] : null;
          return [say("gap", i + 1), picked?.feedback ?? one.feedback ?? (one.trouble ? words[one.trouble] : undefined)];
        });
      },
      clear: () => gaps.forEach((gap) => setMark(slot(gap, "mark"), null)),
      key: () => null,
    };
  }

  function matching(root, q) {
    const list = slot(root, "pairs");
    const line = proto(root, "pair");
    const rows = q.prompts.map((prompt, i) => {
      const row = line.cloneNode(true);
      slot(row, "text").append(rich(prompt.text));
      const control = row.querySelector("select");
      control.setAttribute("aria-label", say("match", prompt.plain || String(i + 1)));
      select(control, q.options, q.worded);
      const key = q.key?.[i] ?? -1;
      if (key >= 0) slot(row, "gap-key").append(q.worded ? q.options[key] : letter(key));
      list.append(row);
      return row;
    });
    const letters = lettered(q.choices, q.worded);
    letters.setAttribute("aria-label", words.choices);
    slot(root, "letters").replaceWith(letters);
    const controls = rows.map((row) => row.querySelector("select"));
    return {
      response() {
        const given = controls.map(chosen);
        return given.every((one) => one === null) ? null : given;
      },
      show({ entries }) {
        entries.forEach((one, i) => {
          setMark(slot(rows[i], "mark"), stateOf(one));
          const feedback = q.choices[chosen(controls[i])]?.feedback;
          slot(rows[i], "feedback").replaceChildren(rich(feedback));
          slot(rows[i], "feedback").hidden = feedback === undefined;
        });
      },
      clear() {
        for (const row of rows) {
          setMark(slot(row, "mark"), null);
          slot(row, "feedback").hidden = true;
        }
      },
      key: () => null,
    };
  }

  function ordering(root, q, part) {
    const list = slot(root, "order");
    const line = proto(root, "item");
    const moved = slot(root, "moved");
    const rows = q.items.map((item) => {
      const row = line.cloneNode(true);
      slot(row, "text").append(rich(item.text));
      for (const way of ["up", "down"]) {
        const button = slot(row, way);
        button.setAttribute("aria-label", say(way, item.plain));
        button.addEventListener("click", () => {
          const other = way === "up" ? row.previousElementSibling : row.nextElementSibling;
          if (!other) return;
          if (way === "up") other.before(row);
          else other.after(row);
          button.focus();
          moved.textContent = say("moved", item.plain, [...list.children].indexOf(row) + 1, rows.length);
          part.changed();
        });
      }
      row.addEventListener("dragstart", (event) => {
        row.classList.add("dragged");
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", item.plain);
      });
      row.addEventListener("dragend", () => {
        row.classList.remove("dragged");
        part.changed();
      });
      list.append(row);
      return row;
    });
    list.addEventListener("dragover", (event) => {
      const dragged = list.querySelector(".dragged");
      if (!dragged) return;
      event.preventDefault();
      const below = [...list.children].find((row) => {
        const box = row.getBoundingClientRect();
        return row !== dragged && event.clientY < box.top + box.height / 2;
      });
      list.insertBefore(dragged, below ?? null);
    });
    list.addEventListener("drop", (event) => event.preventDefault());
    return {
      response: () => [...list.children].map((row) => rows.indexOf(row)),
      show({ entries }) {
        const whole = q.marking.rule === "exact" && !entries.every((one) => one.right);
        [...list.children].forEach((row, i) => setMark(slot(row, "mark"), whole ? null : stateOf(entries[i])));
      },
      clear: () => rows.forEach((row) => setMark(slot(row, "mark"), null)),
      reset() {
        list.append(...rows);
        moved.textContent = "";
      },
      key() {
        if (!q.key?.length) return null;
        return make("ol", { class: "keys" }, ...q.key.map((i) => make("li", {}, rich(q.items[i].text))));
      },
    };
  }

  function countWords(text) {
    const wide = text.match(/[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]/g)?.length ?? 0;
    return wide + (text.replace(/[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]/g, " ").match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu)?.length ?? 0);
  }

  function essay(root, q, part) {
    const area = root.querySelector("textarea");
    area.setAttribute("aria-describedby", named(part.stem));
    area.rows = Math.min(Math.max(q.lines ?? 4, 3), 6); // it grows with what is written
    area.classList.toggle("monospaced", q.response === "monospaced");
    const [least, most] = q.words ?? [null, null];
    const limits = [];
    if (least !== null && most !== null) limits.push(say("words_between", least, most));
    else if (least !== null) limits.push(say("words_least", least));
    else if (most !== null) limits.push(say("words_most", most));
    if (q.attachments) limits.push(say("attachments", q.attachments));
    if (settings.key) limits.push(words.essay_hint);
    slot(root, "limits").append(limits.join(" · "));
    const count = slot(root, "count");
    area.addEventListener("input", () => (count.textContent = `${limits.length ? "· " : ""}${say("words_now", countWords(area.value))}`));
    for (let i = 0; i < Math.min(q.lines ?? 6, 40); i++) slot(root, "lines").append(make("div"));
    return {
      response: () => [area.value],
      clear() {},
      reset: () => (count.textContent = ""),
      key() {
        const box = make("div", { class: "model" });
        box.append(q.model === undefined ? make("p", { class: "quiet" }, words.no_model) : make("div", { class: "prose" }, rich(q.model)));
        if (q.rubric) {
          const list = make("ul", {});
          for (const line of q.rubric) list.append(make("li", {}, rich(line.text), line.points ? ` (${pointsOf(line.points)})` : null));
          box.append(make("p", { class: "label" }, words.rubric), list);
        }
        return box;
      },
    };
  }

  const HANDLERS = {
    single_choice: choices,
    multiple_choice: choices,
    true_false: choices,
    short_answer: field,
    numeric: field,
    cloze,
    matching,
    ordering,
    essay,
  };

  const pointsOf = (points) => (points === "1" ? words.point : say("points", points));

  // ---- a part: one thing to answer, with its hints, its result and its key

  function feedbackBlock(label, value) {
    return make("div", { class: "remark" }, label ? make("span", { class: "label" }, label) : null, make("div", { class: "prose" }, rich(value)));
  }

  function makePart(unit, owner) {
    const q = unit.q;
    const root = copy("part").firstElementChild;
    root.dataset.id = q.id;
    if (q.language) root.setAttribute("lang", q.language);
    const part = { unit, root, stem: slot(root, "stem"), dirty: false };
    part.stem.append(rich(q.stem));
    const area = slot(root, "answer");
    const result = slot(root, "result");
    part.changed = () => {
      owner.dirty = true;
      slot(root, "reset").hidden = false;
      if (unit.state === "open" && !result.hasChildNodes()) return;
      handler.clear();
      result.replaceChildren();
      root.classList.remove("compared");
      settle(unit, "open", 0);
    };
    const answer = copy(`kind-${q.kind}`);
    area.append(answer);
    const handler = HANDLERS[q.kind](area, q, part);
    root.addEventListener("input", (event) => {
      if (!result.contains(event.target)) part.changed();
    });
    const markable = settings.key && (q.marking || q.kind === "essay");
    slot(root, "check").hidden = !markable;
    if (q.kind === "essay") slot(root, "check").textContent = words.compare;
    slot(root, "check").addEventListener("click", () => check(part, handler, result));
    // Not a form: a browser that holds thousands of them outside the page, as for printing, grows slow.
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.localName === "input" && !event.isComposing && markable) check(part, handler, result);
    });
    slot(root, "reset").addEventListener("click", () => {
      for (const control of root.querySelectorAll("input, select, textarea")) {
        if (["radio", "checkbox"].includes(control.type)) control.checked = false;
        else control.value = "";
      }
      handler.reset?.();
      part.changed();
      slot(root, "reset").hidden = true;
      (slot(root, "check").hidden ? root.querySelector("input, select, textarea, button") : slot(root, "check"))?.focus();
    });
    addHints(root, q, owner);
    addKey(root, q, handler);
    return part;
  }

  function check(part, handler, result) {
    const { unit, root } = part;
    const q = unit.q;
    handler.clear();
    if (q.kind === "essay") {
      root.classList.add("compared");
      const points = make("input", { type: "number", min: "0", max: String(q.worth ?? 0), step: "any", value: unit.state === "seen" ? amount(unit.earned) : "" });
      points.addEventListener("input", () => settle(unit, "seen", Math.min(Math.max(Number(points.value) || 0, 0), q.worth ?? 0)));
      const verdict = make("p", { class: "verdict seen" }, make("b", {}, words.result_seen));
      verdict.append(make("label", { class: "own-points" }, say("my_points", q.points), " ", points));
      result.replaceChildren(verdict);
      if (q.feedback?.general !== undefined) result.append(feedbackBlock("", q.feedback.general));
      settle(unit, "seen", unit.earned);
      return;
    }
    const response = handler.response();
    if (response === null) {
      result.replaceChildren(make("p", { class: "verdict quiet" }, words.answer_first));
      settle(unit, "open", 0);
      return;
    }
    const done = mark(q.marking, response);
    handler.show(done);
    const sign = { correct: SIGNS.right, partial: SIGNS.partly, incorrect: SIGNS.wrong }[done.state];
    const earned = done.share * (q.worth ?? 0);
    result.replaceChildren(
      make(
        "p",
        { class: `verdict ${done.state}` },
        make("span", { class: "sign", "aria-hidden": "true" }, sign),
        make("b", {}, words[`result_${done.state}`]),
        " ",
        make("span", { class: "score" }, say("points_text", amount(earned), amount(q.worth ?? 0))),
      ),
    );
    const remarks = handler.remarks?.(done) ?? done.entries.map((one) => ["", one.trouble ? words[one.trouble] : one.feedback]);
    for (const [label, value] of remarks) if (value !== undefined) result.append(feedbackBlock(label, value));
    for (const name of [done.state, "general"]) if (q.feedback?.[name] !== undefined) result.append(feedbackBlock("", q.feedback[name]));
    slot(root, "reset").hidden = false;
    settle(unit, done.state, earned);
  }

  function addHints(root, q, owner) {
    if (!q.hints) return;
    const button = slot(root, "hint");
    const list = slot(root, "hints");
    let shown = 0;
    const label = () => (button.textContent = say("hint_text", shown + 1, q.hints.length));
    label();
    button.hidden = false;
    button.addEventListener("click", () => {
      list.hidden = false;
      list.append(make("li", { tabindex: "-1" }, rich(q.hints[shown++])));
      list.lastElementChild.focus();
      owner.dirty = true;
      if (shown === q.hints.length) button.hidden = true;
      else label();
    });
  }

  function addKey(root, q, handler) {
    const button = slot(root, "reveal");
    const box = slot(root, "key");
    const hasKey = settings.key && (q.key?.length || q.marking || q.kind === "essay" || q.feedback || q.blanks?.some((one) => one.key));
    button.hidden = !hasKey;
    if (!hasKey) return;
    button.addEventListener("click", () => {
      const on = root.classList.toggle("revealed");
      button.setAttribute("aria-pressed", String(on));
      button.textContent = on ? words.hide_answer : words.show_answer;
    });
    const key = handler.key();
    if (key) box.append(make("div", { class: "key-line" }, make("span", { class: "label" }, q.kind === "essay" ? words.model_answer : words.key), key));
    for (const name of ["general", "correct", "partial", "incorrect"]) {
      if (q.feedback?.[name] === undefined) continue;
      const block = feedbackBlock(words[`feedback_${name}`], q.feedback[name]);
      block.classList.toggle("case", name !== "general");
      box.append(block);
    }
  }

  // ---- a card: one question of the bank

  function makeCard(top) {
    const q = top.q;
    const card = copy("card").firstElementChild;
    const owner = { card, dirty: false };
    card.dataset.id = q.id;
    const number = slot(card, "number");
    number.append(spoken(`${say("question", top.number)} `), make("span", { "aria-hidden": "true" }, String(top.number)));
    number.href = `#${new URLSearchParams({ id: q.id })}`;
    if (q.title) slot(card, "title").append(q.title);
    if (q.language) slot(card, "title").setAttribute("lang", q.language);
    slot(card, "meta").append(...meta(q));
    const body = slot(card, "body");
    if (q.kind === "group") fillGroup(body, top, owner);
    else if (q.kind === "information") fillInformation(body, q);
    else body.append(makePart(top.units[0], owner).root);
    if (q.about) body.append(about(q.about));
    if (q.findings) fillFindings(slot(card, "findings"), q.findings);
    return owner;
  }

  function meta(q) {
    const kind = kindNames[`${q.kind}:${q.style}`] ?? kindNames[q.kind];
    const shown = [make("span", { class: "kind" }, kind)];
    if (q.kind !== "information") shown.push(make("span", {}, pointsOf(q.points)));
    if (q.difficulty) {
      const dots = "●".repeat(q.difficulty) + "○".repeat(5 - q.difficulty);
      shown.push(make("span", { class: "dots" }, make("span", { "aria-hidden": "true" }, dots), spoken(say("level", q.difficulty))));
    }
    if (q.draft) shown.push(make("span", { class: "badge" }, words.draft));
    if (q.open && settings.key) shown.push(make("span", { class: "badge" }, words.no_key));
    if (q.category) shown.push(make("span", { class: "path" }, q.category.join(" › ")));
    return shown;
  }

  function fillGroup(body, top, owner) {
    const root = copy("kind-group");
    const holder = proto(root, "sub");
    const q = top.q;
    const material = slot(root, "material");
    if (q.language) material.setAttribute("lang", q.language);
    material.append(rich(q.stem));
    const extra = make("div", { class: "group-extra" });
    if (q.hints) for (const hint of q.hints) extra.append(feedbackBlock(words.hint, hint));
    if (q.feedback?.general !== undefined) {
      const general = feedbackBlock(words.feedback_general, q.feedback.general);
      general.classList.add("key");
      extra.append(general);
    }
    if (extra.hasChildNodes()) material.after(extra);
    q.questions.forEach((sub, i) => {
      const section = holder.cloneNode(true);
      const heading = slot(section, "heading");
      heading.append(make("span", {}, say("part", i + 1)), sub.title ? ` ${sub.title}` : "", make("span", { class: "meta" }, ...meta({ ...sub, category: null })));
      const place = slot(section, "sub");
      const unit = top.units.find((one) => one.q === sub);
      if (unit) place.append(makePart(unit, owner).root);
      else fillInformation(place, sub);
      if (sub.about?.length > 1) place.append(about(sub.about));
      slot(root, "parts").append(section);
    });
    body.append(root);
  }

  function fillInformation(body, q) {
    const root = copy("kind-information");
    const material = slot(root, "material");
    if (q.language) material.setAttribute("lang", q.language);
    material.append(rich(q.stem));
    body.append(root);
    if (q.feedback?.general !== undefined) body.append(feedbackBlock("", q.feedback.general));
  }

  function about(rows) {
    const list = make("dl", {});
    for (const [name, text] of rows) list.append(make("dt", {}, words[name]), make("dd", {}, text));
    return make("details", { class: "about" }, make("summary", {}, words.about), list);
  }

  function fillFindings(box, findings) {
    box.hidden = false;
    box.setAttribute("aria-label", words.findings_here);
    const list = make("ul", {});
    for (const one of findings) {
      const head = make("p", { class: "finding-head" }, make("b", {}, words[`severity_${one.severity}`]), " ", make("code", {}, one.code));
      if (one.pointer) head.append(" ", make("span", { class: "quiet" }, say("place", one.pointer)));
      list.append(make("li", { class: one.severity }, head, make("p", {}, one.message), one.hint ? make("p", { class: "quiet" }, one.hint) : null));
    }
    box.append(list);
  }

  // ---- the bank: what there is, what is looked for, what is shown

  const tops = questions.map((q, i) => {
    const held = q.kind === "group" ? q.questions : [q];
    const top = { q, number: i + 1, text: null, owner: null };
    top.units = held.filter((one) => one.kind !== "information").map((one) => ({ q: one, top, state: "open", earned: 0 }));
    top.values = {
      kind: [...new Set([q.kind, ...held.map((one) => one.kind)])],
      category: q.category ? q.category.map((_, depth) => q.category.slice(0, depth + 1).join("\u001f")) : [""],
      tag: [...new Set([q, ...held].flatMap((one) => one.tags ?? []))],
      bank: [q.open ? "open" : "ready", ...(q.draft ? ["draft"] : [])],
      difficulty: [String(q.difficulty ?? "")],
      finding: q.findings ? [...new Set(q.findings.map((one) => one.severity))] : ["none"],
    };
    if (!top.values.tag.length) top.values.tag = [""];
    return top;
  });
  const counted = tops.flatMap((top) => top.units).filter(({ q }) => q.marking || q.kind === "essay");
  const allPoints = counted.reduce((sum, { q }) => sum + (q.worth ?? 0), 0);
  const progress = { answered: 0, earned: 0, reached: 0 };

  function settle(unit, state, earned) {
    const was = unit.state !== "open";
    const is = state !== "open";
    progress.answered += is - was;
    progress.reached += (is - was) * (unit.q.worth ?? 0);
    progress.earned += (is ? earned : 0) - (was ? unit.earned : 0);
    unit.state = state;
    unit.earned = earned;
    showProgress();
    if (was !== is || is) showCounts(look().counts);
  }

  function showProgress() {
    const bar = byId("progress");
    if (!bar) return;
    bar.max = Math.max(counted.length, 1);
    bar.value = progress.answered;
    byId("progress-text").textContent = say("progress_text", progress.answered, counted.length);
    const earned = say("points_text", amount(progress.earned), amount(progress.reached));
    byId("points-text").textContent = `${earned} · ${say("points_all", amount(allPoints))}`;
  }

  function stateOfTop(top) {
    const states = new Set(top.units.map((unit) => unit.state));
    if (!states.size) return [];
    if (states.has("open")) return ["open"];
    if (states.size === 1) return [...states];
    states.delete("seen");
    return [states.size === 1 ? [...states][0] : "partial"];
  }

  const FACETS = ["kind", "category", "state", "tag", "bank", "difficulty", "finding"].filter(
    (name) => settings.key || !["state", "finding"].includes(name),
  );
  const view = { terms: [], query: "", page: 1, chosen: Object.fromEntries(FACETS.map((name) => [name, new Set()])), shown: [] };
  const fold = (text) => text.normalize("NFKC").toLowerCase();

  function textOf(q) {
    const found = [q.id, q.title ?? "", plain(q.stem), ...(q.tags ?? []), ...(q.category ?? [])];
    for (const list of [q.choices, q.prompts, q.items]) for (const one of list ?? []) found.push(plain(one.text));
    for (const blank of q.blanks ?? []) found.push(...(blank.options ?? []), ...(blank.key ?? []).map(([text]) => text));
    if (["short_answer", "numeric"].includes(q.kind)) found.push(...(q.key ?? []).map(([text]) => text));
    found.push(plain(q.model), plain(q.feedback?.general));
    for (const finding of q.findings ?? []) found.push(finding.code);
    for (const sub of q.questions ?? []) found.push(textOf(sub));
    return found.join("\n");
  }

  const says = (top) => {
    top.text ??= fold(textOf(top.q));
    return view.terms.every((term) => top.text.includes(term));
  };

  function look() {
    const counts = Object.fromEntries(FACETS.map((name) => [name, new Map()]));
    const add = (name, top) => {
      for (const value of top.values[name]) counts[name].set(value, (counts[name].get(value) ?? 0) + 1);
    };
    const shown = tops.filter((top) => {
      if (view.terms.length && !says(top)) return false;
      if (settings.key) top.values.state = stateOfTop(top);
      const missed = FACETS.filter((name) => view.chosen[name].size && !top.values[name].some((value) => view.chosen[name].has(value)));
      // What a box counts is what ticking it would show: the other facets hold, its own does not.
      if (!missed.length) FACETS.forEach((name) => add(name, top));
      else if (missed.length === 1) add(missed[0], top);
      return !missed.length;
    });
    return { shown, counts };
  }

  const facetLabel = (name, value) => {
    if (value === "") return words.none;
    if (name === "kind") return kindNames[value];
    if (name === "category") return value.split("\u001f").at(-1);
    if (name === "difficulty") return "●".repeat(Number(value)) + "○".repeat(5 - Number(value));
    if (name === "tag") return value;
    return words[`${name}_${value}`];
  };

  const FEW = 12;
  const boxes = new Map();

  function makeFacets() {
    const order = {
      kind: settings.kinds,
      state: ["open", "correct", "partial", "incorrect", "seen"],
      bank: ["ready", "open", "draft"],
      difficulty: ["1", "2", "3", "4", "5", ""],
      finding: ["error", "warning", "info", "none"],
    };
    for (const name of FACETS) {
      const found = new Map();
      for (const top of tops) for (const value of top.values[name] ?? []) found.set(value, (found.get(value) ?? 0) + 1);
      let values = order[name]?.filter((value) => name === "state" || found.has(value)) ?? [...found.keys()];
      if (name === "tag") values = values.sort((a, b) => (a === "") - (b === "") || found.get(b) - found.get(a));
      if (name === "category") values = inTree(values);
      if (values.length < 2 && name !== "state") continue;
      const box = make("fieldset", { class: "facet", "data-facet": name }, make("legend", {}, words[name]));
      const lines = values.map((value) => facetLine(name, value));
      lines.forEach((line, i) => (line.hidden = i >= FEW));
      box.append(...lines);
      if (lines.length > FEW) {
        const more = make("button", { type: "button", class: "more", "aria-expanded": "false" }, say("more", lines.length));
        more.addEventListener("click", () => {
          const open = more.getAttribute("aria-expanded") !== "true";
          more.setAttribute("aria-expanded", String(open));
          more.textContent = open ? words.fewer : say("more", lines.length);
          lines.forEach((line, i) => (line.hidden = !open && i >= FEW));
        });
        box.append(more);
      }
      byId("filters").append(box);
    }
  }

  function inTree(paths) {
    const known = new Map(paths.map((path, i) => [path, i]));
    const rank = (path) => path.split("\u001f").map((_, depth, parts) => known.get(parts.slice(0, depth + 1).join("\u001f")));
    const ranked = paths.map((path) => [path, path === "" ? [Infinity] : rank(path)]);
    ranked.sort(([, a], [, b]) => {
      for (let i = 0; i < Math.max(a.length, b.length); i++) {
        const difference = (a[i] ?? -1) - (b[i] ?? -1);
        if (difference) return difference;
      }
      return 0;
    });
    return ranked.map(([path]) => path);
  }

  function facetLine(name, value) {
    const input = make("input", { type: "checkbox" });
    const count = make("span", { class: "count" });
    const depth = name === "category" && value ? value.split("\u001f").length - 1 : 0;
    const text = make("span", { class: "facet-text" }, facetLabel(name, value));
    if (name === "difficulty" && value) text.replaceChildren(make("span", { "aria-hidden": "true" }, facetLabel(name, value)), spoken(say("level", value)));
    const line = make("label", { class: `facet-line depth-${Math.min(depth, 4)}` }, input, text, count);
    input.addEventListener("change", () => {
      if (input.checked) view.chosen[name].add(value);
      else view.chosen[name].delete(value);
      view.page = 1;
      refresh();
    });
    boxes.set(`${name}\u001f${value}`, { name, value, input, count, line });
    return line;
  }

  function showCounts(counts) {
    for (const { name, value, input, count, line } of boxes.values()) {
      const n = counts[name].get(value) ?? 0;
      count.textContent = String(n);
      input.checked = view.chosen[name].has(value);
      line.classList.toggle("idle", n === 0 && !input.checked);
    }
  }

  function refresh() {
    const { shown, counts } = look();
    view.shown = shown;
    showCounts(counts);
    const isAll = !view.terms.length && FACETS.every((name) => !view.chosen[name].size);
    byId("clear").hidden = isAll;
    const label = isAll ? say("all_questions", tops.length) : say("some_questions", view.shown.length, tops.length);
    byId("count").textContent = label;
    showPage();
    remember();
  }

  const lastPage = () => Math.max(1, Math.ceil(view.shown.length / settings.page));

  function showPage() {
    view.page = Math.min(Math.max(1, view.page), lastPage());
    const start = (view.page - 1) * settings.page;
    showCards(view.shown.slice(start, start + settings.page));
    byId("pager").hidden = lastPage() === 1;
    byId("page").max = String(lastPage());
    byId("page").value = String(view.page);
    byId("page-text").textContent = say("page_text", view.page, lastPage());
    byId("previous").disabled = view.page === 1;
    byId("next").disabled = view.page === lastPage();
    highlight();
  }

  let onScreen = [];
  function showCards(list) {
    const keep = new Set(list);
    // A card that was touched keeps its answers; the others are cheap to make again.
    for (const top of onScreen) if (!keep.has(top) && top.owner && !top.owner.dirty) top.owner = null;
    onScreen = list;
    const cards = list.map((top) => (top.owner ??= makeCard(top)).card);
    if (!cards.length) cards.push(make("p", { class: "nothing" }, tops.length ? words.no_questions : words.empty));
    byId("list").replaceChildren(...cards);
  }

  function highlight() {
    if (!CSS.highlights) return;
    CSS.highlights.delete("found");
    if (!view.terms.length) return;
    const ranges = [];
    const walker = document.createTreeWalker(byId("list"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode() && ranges.length < 2000) {
      const text = walker.currentNode.data.toLowerCase();
      for (const term of view.terms) {
        for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + term.length)) {
          const range = new Range();
          range.setStart(walker.currentNode, at);
          range.setEnd(walker.currentNode, Math.min(at + term.length, walker.currentNode.length));
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  }

  // ---- the address holds what is looked at, so that it can be kept and passed on

  function remember() {
    const kept = new URLSearchParams();
    if (view.query.trim()) kept.set("q", view.query.trim());
    for (const name of FACETS) for (const value of view.chosen[name]) kept.append(name, value.replaceAll("\u001f", "/"));
    if (view.page > 1) kept.set("page", String(view.page));
    if (document.body.classList.contains("show-key")) kept.set("answers", "1");
    history.replaceState(null, "", `#${kept}`);
  }

  function recall(event) {
    if (event && location.hash === "#questions") return remember(); // the link past the filters: nothing to look up
    const kept = new URLSearchParams(location.hash.slice(1));
    const id = kept.get("id");
    if (byId("show-key") && (id === null || kept.has("answers"))) showKey(kept.get("answers") === "1");
    if (id !== null) return visit(id);
    setQuery(kept.get("q") ?? "");
    byId("search").value = view.query;
    const known = new Map([...boxes.values()].map(({ name, value }) => [`${name}\u001f${value.replaceAll("\u001f", "/")}`, value]));
    for (const name of FACETS) {
      view.chosen[name] = new Set(kept.getAll(name).map((value) => known.get(`${name}\u001f${value}`)).filter((value) => value !== undefined));
    }
    view.page = Number(kept.get("page")) || 1;
    return refresh();
  }

  function visit(id) {
    const wanted = tops.find((top) => top.q.id === id || top.units.some((unit) => unit.q.id === id));
    clearFilters();
    if (wanted) view.page = Math.ceil(wanted.number / settings.page);
    refresh();
    if (wanted) history.replaceState(null, "", `#${new URLSearchParams({ id })}`);
    const card = wanted?.owner?.card;
    card?.scrollIntoView();
    card?.querySelector(".number").focus();
  }

  function clearFilters() {
    setQuery("");
    byId("search").value = "";
    for (const name of FACETS) view.chosen[name].clear();
    view.page = 1;
  }

  function setQuery(text) {
    view.query = text;
    view.terms = fold(text).split(/\s+/).filter(Boolean);
  }

  function showKey(on) {
    document.body.classList.toggle("show-key", on);
    byId("show-key").checked = on;
  }

  function turn(page) {
    view.page = page;
    showPage();
    remember();
    byId("count").focus({ preventScroll: true });
    byId("questions").scrollIntoView();
  }

  let waiting = 0;
  byId("search").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      setQuery(event.target.value);
      view.page = 1;
      refresh();
      byId("announce").textContent = byId("count").textContent;
    }, 80);
  });
  byId("clear").addEventListener("click", () => {
    clearFilters();
    refresh();
    byId("search").focus();
  });
  byId("previous").addEventListener("click", () => turn(view.page - 1));
  byId("next").addEventListener("click", () => turn(view.page + 1));
  byId("page").addEventListener("change", (event) => turn(Number(event.target.value) || 1));
  byId("show-key")?.addEventListener("change", (event) => {
    showKey(event.target.checked);
    remember();
  });
  byId("filters-button").addEventListener("click", (event) => {
    const open = document.body.classList.toggle("with-filters");
    event.currentTarget.setAttribute("aria-expanded", String(open));
  });
  byId("print").addEventListener("click", () => window.print());
  window.addEventListener("beforeprint", () => showCards(view.shown));
  window.addEventListener("afterprint", showPage);
  window.addEventListener("hashchange", recall);

  if (unread.length) {
    const box = byId("unread");
    box.hidden = false;
    box.querySelector("summary").append(say("bank_findings", unread.length));
    box.querySelector("ul").append(...unread.map((line) => make("li", {}, line)));
  }
  makeFacets();
  showProgress();
  recall();
  // The words of all questions are gathered while nobody waits, so that the first search is as quick as any.
  const gather = (from) => {
    for (const top of tops.slice(from, from + 500)) top.text ??= fold(textOf(top.q));
    if (from + 500 < tops.length) setTimeout(gather, 4, from + 500);
  };
  setTimeout(gather, 50, 0);
})();
