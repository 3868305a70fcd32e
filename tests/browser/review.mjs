// Drives `qbank review` in a real browser, with the keyboard; says what it saw, the tests judge.
//
//   node review.mjs JOB.json     JOB: {chromium, axe, address, bank, scenario}
//
// Prints {saw: {...}, complaints: [page errors and console errors], requests: [addresses asked for]}.
import { readFileSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const browser = await chromium.launch({ executablePath: job.chromium, args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
const complaints = [];
const requests = [];
const saw = {};

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("dialog", (dialog) => (complaints.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  page.on("request", (request) => !/^(data|blob):/.test(request.url()) && requests.push(request.url()));
  await page.goto(job.address);
  await page.waitForFunction(() => document.documentElement.dataset.ready === "true");
  return page;
}

const bank = () => JSON.parse(readFileSync(job.bank, "utf8"));
const inBank = (id) => bank().questions.flatMap((q) => [q, ...(q.questions ?? [])]).find((q) => q.id === id);
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const current = (page) => page.locator("#which code").innerText();
const saved = (page) => page.waitForFunction(() => document.getElementById("saved").textContent === "All changes are saved");
const until = async (what, test) => {
  for (let i = 0; i < 100; i++) {
    if (await test()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited in vain: ${what}`);
};

/** Go to a question with the search box, by keyboard. */
async function find(page, id) {
  await press(page, "Escape", "/");
  await page.keyboard.type(id);
  await press(page, "Enter");
  await until(`to be at ${id}`, async () => (await current(page)) === id);
  await press(page, "/", "Control+A", "Delete", "Escape");
  await page.waitForFunction(() => document.activeElement.id === "which");
}

const SCENARIOS = {
  async keyboard() {
    const page = await open();
    saw.first = await current(page);
    saw.focus = await page.evaluate(() => document.activeElement.id);
    await press(page, "j");
    await until("the next", async () => (await current(page)) !== saw.first);
    saw.next = await current(page);
    await press(page, "k");
    await until("the previous", async () => (await current(page)) === saw.first);

    await find(page, "q-one");
    await page.waitForSelector("#paper .here");
    saw.marked = await page.locator("#paper .here").allInnerTexts();
    saw.markedInView = await page.evaluate(() => {
      const here = document.querySelector("#paper .here").getBoundingClientRect();
      const panel = document.getElementById("paper").getBoundingClientRect();
      return here.top >= panel.top && here.bottom <= panel.bottom;
    });
    await press(page, "e");
    await page.keyboard.type(" 改");
    await press(page, "Escape");
    await until("the edit in the file", () => inBank("q-one").stem.endsWith(" 改"));
    await press(page, "Shift+B");
    await until("the key in the file", () => inBank("q-one").answer === "b");
    saw.pressed = await page.locator(".key[aria-pressed=true]").allInnerTexts();
    await press(page, "1");
    await until("the other key", () => inBank("q-one").answer === "a");
    await press(page, "t", "ArrowDown", "Enter");
    await page.waitForTimeout(200);
    if (inBank("q-one").kind === "single_choice") await page.locator("#kind").selectOption("multiple_choice");
    await until("the kind in the file", () => inBank("q-one").kind === "multiple_choice");
    saw.kept = inBank("q-one").answer;
    await press(page, "Escape", "u");
    await until("the kind undone", () => inBank("q-one").kind === "single_choice");
    await press(page, "a");
    await until("the acceptance", () => inBank("q-one").extensions?.qbank?.reviewed === true);
    await until("another question", async () => (await current(page)) !== "q-one");
    saw.count = await page.locator("#count").innerText();

    await find(page, "q-glued");
    await press(page, "e", "Home");
    for (let i = 0; i < "First part? ".length; i++) await press(page, "ArrowRight");
    await press(page, "Escape", "x");
    await until("two questions", () => inBank("q-glued-2"));
    saw.split = [inBank("q-glued").stem, inBank("q-glued-2").stem, inBank("q-glued-2").source?.number];
    await press(page, "j");
    await until("the second half", async () => (await current(page)) === "q-glued-2");
    await press(page, "m");
    await until("one question again", () => !inBank("q-glued-2"));
    await until("to be at the first", async () => (await current(page)) === "q-glued");
    saw.merged = inBank("q-glued").stem;
    await press(page, "u");
    await until("the merge undone", () => inBank("q-glued-2"));
    await press(page, "u");
    await until("the split undone", () => !inBank("q-glued-2"));
    saw.undone = inBank("q-glued").stem;
    await press(page, "Shift+U");
    await until("the split again", () => inBank("q-glued-2"));
    await press(page, "u");
    await until("and undone", () => !inBank("q-glued-2"));

    await find(page, "q-number");
    await press(page, "c", "Control+A");
    await page.keyboard.type("about three");
    await press(page, "Escape", "a");
    await page.waitForSelector(".problem:not([hidden])");
    saw.problem = await page.locator(".problem:not([hidden])").innerText();
    saw.stayed = [await current(page), inBank("q-number").extensions ?? null];
    await page.locator("[data-field=answer]").focus();
    await press(page, "Escape", "s");
    await until("the next after skipping", async () => (await current(page)) !== "q-number");
    await press(page, "?");
    await page.waitForSelector("#help[open]");
    await press(page, "Escape");
    await saved(page);
  },

  async conflict() {
    const [first, second] = [await open(), await open()];
    for (const page of [first, second]) await find(page, "q-one");
    await second.route("**/api/changes*", () => {}); // the second tab hears of nothing until it writes
    await second.waitForTimeout(200);
    await press(first, "e");
    await first.keyboard.type(" ONE");
    await press(first, "Escape");
    await until("the first edit", () => inBank("q-one").stem.endsWith(" ONE"));
    await press(second, "e");
    await second.keyboard.type(" TWO");
    await second.waitForSelector("#conflict[open]");
    saw.versions = await second.locator("#conflict pre").allInnerTexts();
    saw.notWritten = inBank("q-one").stem;
    saw.axe = await audit(second);
    await second.locator("#keep-mine").press("Enter");
    await until("the second edit", () => inBank("q-one").stem.endsWith(" TWO"));
    // Other fields of one question are merged without a word.
    await press(second, "Escape", "2");
    await until("the key beside it", () => inBank("q-one").answer === "b");
    // The file is changed outside: the page follows, and an edit elsewhere does not undo it.
    const whole = bank();
    whole.questions.find((q) => q.id === "q-number").stem = "Outside";
    writeFileSync(job.bank, JSON.stringify(whole));
    await until("the outside edit in the list", async () => (await first.locator('.entry[data-handle="q-number"] .snippet').innerText()) === "Outside");
    saw.toast = await first.locator("#toasts").innerText();
    await find(first, "q-glued");
    await press(first, "e");
    await first.keyboard.type("!");
    await until("an edit after it", () => inBank("q-glued").stem.endsWith("!"));
    saw.outside = inBank("q-number").stem;
    // Broken outside: said, not written over, and saved once the file is whole again.
    const good = readFileSync(job.bank, "utf8");
    writeFileSync(job.bank, good.slice(0, -20));
    await first.keyboard.type("?");
    await first.waitForSelector("#banner:not([hidden])");
    saw.banner = await first.locator("#banner").innerText();
    saw.untouched = readFileSync(job.bank, "utf8") === good.slice(0, -20);
    writeFileSync(job.bank, good);
    await until("the edit after the repair", () => inBank("q-glued").stem.endsWith("!?"));
    await first.waitForSelector("#banner", { state: "hidden" });
  },

  async hostile() {
    const page = await open();
    for (const id of job.questions) await find(page, id);
    saw.owned = await page.evaluate(() => [window.owned ?? null, document.title.includes("owned")]);
    saw.scripts = await page.locator("main script, main iframe, main [onerror], main [onload], #paper script").count();
    await find(page, "q-hostile");
    saw.stem = await page.locator("[data-field=stem]").inputValue();
    saw.shown = await page.locator(".rich").first().innerHTML();
    await press(page, "e", "End");
    await page.keyboard.type("<img src=x onerror=owned=1><script>owned=1</script>");
    await press(page, "Escape");
    await saved(page);
    await page.waitForTimeout(300);
    saw.ownedAfter = await page.evaluate(() => window.owned ?? null);
  },

  async looks() {
    saw.axe = [];
    for (const options of [{}, { colorScheme: "dark" }, { viewport: { width: 800, height: 900 } }]) {
      const page = await open(options);
      for (const id of job.questions) {
        await page.locator("#filter").fill(id);
        await page.locator("#filter").press("Enter");
        await until(`to be at ${id}`, async () => (await current(page)) === id);
        saw.axe.push(...(await audit(page)).map((found) => `${id} ${JSON.stringify(options)}: ${found}`));
      }
      await press(page, "Escape", "?");
      saw.axe.push(...(await audit(page)).map((found) => `help ${JSON.stringify(options)}: ${found}`));
      saw.wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    }
  },

  async many() {
    const page = await open();
    const total = Number((await page.locator("#count").innerText()).match(/of (\d+)/)[1]);
    const start = Date.now();
    for (let n = 1; n <= total; n++) {
      const here = await current(page);
      await press(page, "a");
      await page.waitForFunction((wanted) => document.getElementById("count").textContent.startsWith(wanted), `${n} of`);
      if (n < total) await page.waitForFunction((before) => document.querySelector("#which code").textContent !== before, here);
    }
    saw.total = total;
    saw.seconds = (Date.now() - start) / 1000;
  },

  async ended() {
    const page = await open();
    process.kill(job.server, "SIGKILL");
    await press(page, "e");
    await page.keyboard.type("typed into the void");
    await page.waitForSelector("#banner:not([hidden])");
    saw.banner = await page.locator("#banner").innerText();
    saw.saved = await page.locator("#saved").innerText();
    saw.typed = await page.locator("[data-field=stem]").inputValue();
    complaints.length = 0; // the browser complains of the connection, as it should
  },
};

async function audit(page) {
  await page.evaluate(readFileSync(job.axe, "utf8") + ";0");
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations
    .filter((violation) => ["serious", "critical"].includes(violation.impact))
    .flatMap((violation) => violation.nodes.slice(0, 3).map((node) => `${violation.id} ${node.html.slice(0, 160)} ${node.failureSummary.replace(/\s+/g, " ").slice(0, 200)}`));
}

try {
  await SCENARIOS[job.scenario]();
} finally {
  await browser.close();
}
console.log(JSON.stringify({ saw, complaints, requests: [...new Set(requests.map((address) => new URL(address).origin))] }));
