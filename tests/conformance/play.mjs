// Plays QTI 3 items in a real browser with players that are not ours.
//
//   node play.mjs JOB.json      JOB: {chromium, modules, files: {path: text}, items: [{id, xml, runs: [{name, responses, press?}]}]}
//
// Prints {engine: {id: {run: {score, outcomes, shown, complaints?} | {error}}}}: `shown` is the text of
// the feedback that the player shows. A response of null is left untouched, as by a student who answers
// nothing; `press` is the title of a button (a hint) that is clicked instead of handing in.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));

/** @citolab/qti-components: web components. */
const citolab = {
  scripts: ["@citolab/qti-components/cdn/index.global.js"],
  styles: [],
  async play({ xml, run }) {
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const stage = document.getElementById("stage");
    stage.innerHTML = "";
    const host = document.createElement("qti-item");
    const container = document.createElement("item-container");
    container.itemXML = xml; // before it is connected: later changes wait for a first update
    host.append(container);
    stage.append(host);
    let item = null;
    for (let i = 0; i < 200 && !item; i++) {
      await pause(10);
      item = container.shadowRoot?.querySelector("qti-assessment-item");
    }
    if (!item) throw new Error("the item did not load");
    await item.updateComplete;
    await pause(30);
    for (const [identifier, value] of Object.entries(run.responses)) {
      if (value !== null) item.updateResponseVariable(identifier, value);
    }
    if (run.press) {
      const button = [...item.querySelectorAll("qti-end-attempt-interaction")].find((b) => b.title === run.press);
      if (!button) throw new Error(`there is no button ${run.press}`);
      button.endAttempt();
    } else {
      item.processResponse(true);
    }
    await pause(10);
    const outcomes = {};
    for (const v of item.variables) if (v.type === "outcome") outcomes[v.identifier] = v.value;
    const words = (element) => {
      const copy = element.cloneNode(true);
      for (const formula of copy.querySelectorAll("math")) formula.remove();
      return copy.textContent;
    };
    const feedback = [...item.querySelectorAll("qti-modal-feedback, qti-feedback-block")];
    const shown = feedback.filter((f) => f.showStatus === "on").map(words);
    return { score: item.getOutcome("SCORE")?.value ?? null, outcomes, shown, body: item.textContent };
  },
};

/** qti3-item-player of Amp-up.io: Vue. */
const ampup = {
  scripts: ["vue/dist/vue.min.js", "qti3-item-player/dist/qti3Player.umd.min.js"],
  styles: ["qti3-item-player/dist/qti3Player.css"],
  async play({ xml, run }) {
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const stage = document.getElementById("stage");
    window.console.log = () => {};
    const failures = [];
    window.Vue.config.errorHandler = (error) => failures.push(String(error));
    window.Vue.config.warnHandler = () => {};
    const waiting = {};
    const wait = (name) =>
      Promise.race([
        new Promise((resolve) => (waiting[name] = resolve)),
        pause(5000).then(() => {
          throw new Error(`${name} never came ${failures.join(" ")}`);
        }),
      ]);
    window.player?.$destroy();
    stage.innerHTML = "<div></div>";
    const on = {};
    for (const [name, event] of [
      ["made", "notifyQti3PlayerReady"],
      ["ready", "notifyQti3ItemReady"],
      ["paused", "notifyQti3SuspendAttemptCompleted"],
      ["ended", "notifyQti3EndAttemptCompleted"],
    ])
      on[event] = (data) => waiting[name]?.(data);
    const component = window.qti3Player.default ?? window.qti3Player;
    const made = wait("made");
    const props = { suppressAlertMessages: true, suppressInvalidResponseMessages: true };
    window.player = new window.Vue({ render: (h) => h(component, { props, on }) }).$mount(stage.firstChild);
    const player = await made;
    const sessionControl = { max_attempts: 0, show_feedback: true, validate_responses: false };
    const load = async (state) => {
      const ready = wait("ready");
      player.loadItemFromXml(xml, { guid: "g", status: "interacting", sessionControl, ...(state ? { state } : {}) });
      await ready;
      await pause(5);
    };
    await load();
    const given = Object.entries(run.responses).filter(([, value]) => value !== null);
    if (given.length) {
      const paused = wait("paused");
      player.suspendAttempt("");
      const state = { ...JSON.parse(JSON.stringify((await paused).state)), contextVariables: [] };
      for (const [identifier, value] of given) {
        const variable = state.responseVariables.find((v) => v.identifier === identifier);
        variable.value = value;
        if (variable.state?.order && Array.isArray(value) && value.length === variable.state.order.length)
          variable.state.order = value;
      }
      player.resetItem();
      await pause(5);
      await load(state);
    }
    const ended = wait("ended");
    if (run.press) {
      const buttons = [...document.querySelectorAll("button.qti-end-attempt-interaction")];
      const button = buttons.find((b) => b.textContent.trim() === run.press);
      if (!button) throw new Error(`there is no button ${run.press}`);
      button.click();
    } else {
      player.endAttempt("");
    }
    const { state } = await ended;
    await pause(5);
    const words = (element) => {
      const copy = element.cloneNode(true);
      for (const extra of copy.querySelectorAll("math, button, h1, h2, h3, h4, h5")) extra.remove();
      return copy.textContent;
    };
    const shown = [];
    const look = (vm) => {
      if (["QtiModalFeedback", "QtiFeedbackBlock"].includes(vm.$options.name) && vm.$el.isConnected) {
        const inner = vm.$refs.modal?.$el ?? vm.$el;
        if (inner.checkVisibility({ visibilityProperty: true, opacityProperty: false })) shown.push(words(inner));
      }
      vm.$children.forEach(look);
    };
    look(window.player);
    const outcomes = Object.fromEntries(state.outcomeVariables.map((v) => [v.identifier, v.value]));
    if (failures.length) throw new Error(failures.join(" "));
    return { score: outcomes.SCORE ?? null, outcomes, shown, body: document.getElementById("stage").textContent };
  },
};

const browser = await chromium.launch({
  executablePath: job.chromium,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

async function results(engine) {
  const page = await browser.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  // items look for what they share at its place in the package
  await page.route("**/*", (route) => {
    const path = new URL(route.request().url()).pathname.slice(1);
    const body = path === "items/" ? "<!doctype html><html><body><div id='stage'></div></body></html>" : job.files[path];
    if (body === undefined) return route.fulfill({ status: 204, body: "" });
    return route.fulfill({ body, contentType: path === "items/" ? "text/html" : "text/xml" });
  });
  await page.goto("http://package.test/items/");
  for (const style of engine.styles) await page.addStyleTag({ path: join(job.modules, style) });
  for (const script of engine.scripts) await page.addScriptTag({ path: join(job.modules, script) });
  const found = {};
  for (const item of job.items) {
    found[item.id] = {};
    for (const run of item.runs) {
      complaints.length = 0;
      try {
        found[item.id][run.name] = await page.evaluate(engine.play, { xml: item.xml, run });
      } catch (error) {
        found[item.id][run.name] = { error: String(error) };
      }
      if (complaints.length) found[item.id][run.name].complaints = [...complaints];
    }
  }
  await page.close();
  return found;
}

const [first, second] = await Promise.all([results(citolab), results(ampup)]);
await browser.close();
console.log(JSON.stringify({ citolab: first, ampup: second }));
