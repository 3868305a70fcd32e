// Drives pages in a real browser and says what it saw; the tests judge.
//
//   node drive.mjs JOB.json     JOB: {chromium, axe, scenario, page, ...}
//
// Prints {saw: ..., complaints: [page errors and console errors], requests: [addresses asked for]}.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const browser = await chromium.launch({ executablePath: job.chromium, args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
const complaints = [];
const requests = [];
const address = pathToFileURL(job.page).href;

async function open({ hash = "", ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("dialog", (dialog) => (complaints.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  page.on("request", (request) => !/^(data|blob):/.test(request.url()) && requests.push(request.url()));
  await page.goto(address + hash);
  return page;
}

const partOf = (page, id) => page.locator(`.part[data-id="${id}"]`);

// A response: {ticked: [i]}, {text}, {gaps: [text or {label}]}, {pairs: [label]}, {order: [text]}.
async function give(part, response) {
  for (const i of response.ticked ?? []) await part.locator(".choice input").nth(i).check();
  if (response.text !== undefined) await part.locator(".answer input, .answer textarea").first().fill(response.text);
  const gaps = response.gaps ?? [];
  for (let i = 0; i < gaps.length; i++) {
    const control = part.locator(".gap input, .gap select").nth(i);
    if (gaps[i] === null) continue;
    if (typeof gaps[i] === "string") await control.fill(gaps[i]);
    else await control.selectOption({ label: gaps[i].label });
  }
  const pairs = response.pairs ?? [];
  for (let i = 0; i < pairs.length; i++) if (pairs[i] !== null) await part.locator(".pair select").nth(i).selectOption({ label: pairs[i] });
  for (const [place, text] of (response.order ?? []).entries()) {
    for (;;) {
      const texts = await part.locator(".item .text").allInnerTexts();
      const at = texts.indexOf(text);
      if (at <= place) break;
      await part.locator(".item").nth(at).locator("[data-slot=up]").click();
    }
  }
}

async function seen(part) {
  const verdict = part.locator(".verdict");
  if (!(await verdict.count())) return null;
  return {
    state: (await verdict.getAttribute("class")).replace("verdict ", ""),
    score: (await part.locator(".score").count()) ? await part.locator(".score").innerText() : null,
    remarks: await part.locator(".result .remark").allInnerTexts(),
    said: await part.locator(".choice.said .feedback:visible").allInnerTexts(),
  };
}

const scenarios = {
  async answers() {
    const page = await open();
    const saw = [];
    for (const { id, response } of job.runs) {
      await page.evaluate((hash) => (location.hash = hash), `id=${id}&n=${saw.length}`);
      const part = partOf(page, id);
      await part.waitFor();
      const reset = part.locator("[data-slot=reset]");
      if (await reset.isVisible()) await reset.click();
      await give(part, response);
      await part.locator("[data-slot=check]").click();
      saw.push(await seen(part));
    }
    return { runs: saw, progress: await page.locator("#progress-text").innerText() };
  },

  async keyboard() {
    const page = await open();
    const at = (selector) => page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
    const tabTo = async (selector) => {
      for (let i = 0; i < 600; i++) {
        if (await at(selector)) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`the Tab key never came to ${selector}`);
    };
    await tabTo("[data-facet=kind] input");
    await page.keyboard.press("Space");
    await page.keyboard.press("Space");
    await page.keyboard.press("Shift+Tab");
    await page.evaluate(() => document.activeElement.blur());
    await tabTo(".skip");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement.id === "questions");
    const saw = {};
    for (const { id, keys } of job.runs) {
      for (const step of keys) {
        if (step.tab) await tabTo(`.part[data-id="${id}"] ${step.tab}`);
        else if (step.type) await page.keyboard.type(step.type);
        else await page.keyboard.press(step.press);
      }
      saw[id] = await seen(partOf(page, id));
    }
    const focus = await page.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return { outline: style.outlineStyle, width: style.outlineWidth };
    });
    return { saw, focus };
  },

  async looking() {
    const page = await open();
    const ids = () => page.locator(".card").evaluateAll((cards) => cards.map((card) => card.dataset.id));
    const saw = { first: await ids(), count: await page.locator("#count").innerText() };
    const search = async (text) => {
      await page.locator("#search").fill(text);
      await page.waitForTimeout(200);
      return ids();
    };
    saw.searches = {};
    for (const text of job.searches) saw.searches[text] = await search(text);
    await search("");
    const tick = async (facet, label) => {
      await page.locator(`[data-facet=${facet}] label`, { has: page.locator(`.facet-text`, { hasText: label }) }).first().locator("input").click();
      return ids();
    };
    saw.filters = {};
    for (const [facet, label] of job.filters) {
      saw.filters[`${facet}:${label}`] = await tick(facet, label);
      await tick(facet, label);
    }
    await page.locator("#next").click();
    saw.second = await ids();
    saw.hash = await page.evaluate(() => location.hash);
    await page.reload();
    saw.reloaded = await ids();
    await page.locator("#previous").click();
    const part = partOf(page, job.kept.id);
    await give(part, job.kept.response);
    await part.locator("[data-slot=check]").click();
    await page.locator("#next").click();
    await page.locator("#previous").click();
    saw.kept = await seen(partOf(page, job.kept.id));
    saw.answered = await tick("state", job.correct);
    return saw;
  },

  async helping() {
    const page = await open({ hash: `#id=${job.id}` });
    const part = partOf(page, job.id);
    const hints = [];
    while (await part.locator("[data-slot=hint]").isVisible()) {
      await part.locator("[data-slot=hint]").click();
      hints.push(await part.locator(".hints li").last().innerText());
    }
    const key = part.locator("[data-slot=key]");
    const before = await key.isVisible();
    await part.locator("[data-slot=reveal]").click();
    const saw = { hints, before, after: await key.innerText(), marked: await part.locator(".choice.is-key .text").allInnerTexts() };
    await page.evaluate(() => (location.hash = "id=lib-open-1"));
    saw.finding = await page.locator('.card[data-id="lib-open-1"] .findings').innerText();
    saw.open = await partOf(page, "lib-open-1").locator("[data-slot=check]").isVisible();
    await page.evaluate(() => (location.hash = "id=lib-order-2"));
    const order = partOf(page, "lib-order-2");
    const rows = order.locator(".item");
    saw.was = await order.locator(".item .text").allInnerTexts();
    await rows.nth(0).dragTo(rows.nth(2), { targetPosition: { x: 60, y: 38 } });
    saw.dragged = await order.locator(".item .text").allInnerTexts();
    return saw;
  },

  async hostile() {
    const page = await open();
    const search = page.locator("#search");
    await search.fill("<script>");
    await page.waitForTimeout(200);
    await search.fill("");
    await page.waitForTimeout(200);
    let cards = 0;
    for (;;) {
      cards += await page.locator(".card").count();
      for (const part of await page.locator(".part").all()) {
        const first = part.locator(".answer input, .answer select, .answer textarea").first();
        if (await first.count()) {
          const type = await first.evaluate((one) => (one.localName === "select" ? "select" : one.type));
          if (type === "select") await first.selectOption({ index: 1 });
          else if (["radio", "checkbox"].includes(type)) await first.check();
          else await first.fill("<img src=x onerror=pwned()>");
        }
        for (const name of ["check", "hint", "reveal"]) {
          const button = part.locator(`[data-slot=${name}]`);
          if (await button.isVisible()) await button.click();
        }
      }
      if (!(await page.locator("#next").isEnabled()) || !(await page.locator("#next").isVisible())) break;
      await page.locator("#next").click();
    }
    await page.evaluate(() => document.body.classList.add("show-key"));
    const found = await page.evaluate(() => ({
      ran: globalThis.pwned !== undefined,
      scripts: [...document.querySelectorAll("script")].filter((one) => one.type !== "application/json").length,
      handlers: [...document.querySelectorAll("*")].flatMap((one) => one.getAttributeNames()).filter((name) => /^on|^style$/.test(name)),
      links: [...document.querySelectorAll("#list [href]")].map((one) => one.getAttribute("href")).filter((href) => !/^(#|https?:|mailto:)/.test(href)),
      strange: [...new Set([...document.querySelectorAll("#list *")].map((one) => one.localName))].filter((name) =>
        ["script", "iframe", "object", "embed", "svg", "style", "link", "meta", "base"].includes(name)),
      policy: (() => {
        try {
          document.createElement("div").innerHTML = "<b>x</b>";
          return "markup was parsed";
        } catch {
          return "refused";
        }
      })(),
    }));
    return { ...found, cards };
  },

  async axe() {
    const source = readFileSync(job.axe, "utf8");
    const saw = {};
    for (const look of job.looks) {
      const page = await open({ bypassCSP: true, colorScheme: look.scheme, viewport: { width: look.width, height: 900 }, hash: look.hash ?? "" });
      for (const part of look.answer ? await page.locator(".part").all() : []) {
        const first = part.locator(".answer input, .answer select, .answer textarea").first();
        if (await first.count()) {
          const type = await first.evaluate((one) => (one.localName === "select" ? "select" : one.type));
          if (type === "select") await first.selectOption({ index: 1 });
          else if (["radio", "checkbox"].includes(type)) await first.check();
          else await first.fill("1");
        }
        for (const name of ["check", "hint", "reveal"]) {
          const button = part.locator(`[data-slot=${name}]`);
          if (await button.isVisible()) await button.click();
        }
      }
      if (look.filters) await page.locator("#filters-button").click();
      await page.evaluate(source);
      const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      saw[look.name] = {
        violations: result.violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.slice(0, 3).map((one) => `${one.target} ${one.failureSummary}`) })),
        wide: await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth),
        cards: await page.locator(".card, svg").count(),
        spilt: await page.evaluate(() =>
          [...document.querySelectorAll(".card")].flatMap((card) => {
            const edge = card.getBoundingClientRect().right + 1;
            return [...card.querySelectorAll("*")]
              .filter((one) => !one.closest(".scroll, .spoken, math, select") && one.getBoundingClientRect().right > edge)
              .map((one) => `${one.localName}.${one.className}`);
          }),
        ),
      };
      await page.context().close();
    }
    return saw;
  },

  async print() {
    const page = await open({ hash: job.hash ?? "" });
    for (const { id, response } of job.runs ?? []) await give(partOf(page, id), response);
    await page.pdf({ path: job.pdf, format: "A4" });
    await page.waitForTimeout(100);
    return { cards: await page.locator(".card").count() };
  },

  async big() {
    const started = Date.now();
    const page = await open();
    await page.locator(".card").first().waitFor();
    const loaded = Date.now() - started;
    const searches = [];
    for (const text of job.searches) {
      searches.push(
        await page.evaluate(
          (wanted) =>
            new Promise((resolve) => {
              const input = document.getElementById("search");
              const from = performance.now();
              const watcher = new MutationObserver(() => {
                watcher.disconnect();
                requestAnimationFrame(() => setTimeout(() => resolve({ ms: performance.now() - from, count: document.getElementById("count").textContent })));
              });
              watcher.observe(document.getElementById("count"), { childList: true, characterData: true, subtree: true });
              input.value = wanted;
              input.dispatchEvent(new Event("input", { bubbles: true }));
            }),
          text,
        ),
      );
    }
    const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
    const printed = await page.evaluate(() => {
      const from = performance.now();
      dispatchEvent(new Event("beforeprint"));
      const cards = document.querySelectorAll(".card").length;
      dispatchEvent(new Event("afterprint"));
      return { ms: performance.now() - from, cards };
    });
    return { loaded, searches, nodes, printed };
  },
};

const saw = await scenarios[job.scenario]();
await browser.close();
console.log(JSON.stringify({ saw, complaints, requests: requests.filter((url) => url.split("#")[0] !== address) }));
