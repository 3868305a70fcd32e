// Plays QTI 3 items in a real browser with a player that is not ours.
//
//   node play.mjs JOB.json      JOB: {bundle, chromium, items: [{id, xml, runs: [{name, responses}]}]}
//
// Prints {id: {error?, runs: {name: {score, outcomes, text}}}, console: [...]}. A response of
// null is left untouched, as by a student who answers nothing.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const browser = await chromium.launch({
  executablePath: job.chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage();
const complaints = [];
page.on("pageerror", (error) => complaints.push(String(error)));
page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
await page.setContent("<!doctype html><html><body><div id='stage'></div></body></html>");
await page.addScriptTag({ path: job.bundle });

const results = {};
for (const item of job.items) {
  const runs = {};
  for (const run of item.runs) {
    complaints.length = 0;
    try {
      runs[run.name] = await page.evaluate(
        async ({ xml, responses }) => {
          const stage = document.getElementById("stage");
          stage.innerHTML = "";
          const host = document.createElement("qti-item");
          const container = document.createElement("item-container");
          container.itemXML = xml; // before it is connected: later changes wait for a first update
          host.append(container);
          stage.append(host);
          let item = null;
          for (let i = 0; i < 200 && !item; i++) {
            await new Promise((resolve) => setTimeout(resolve, 10));
            item = container.shadowRoot?.querySelector("qti-assessment-item");
          }
          if (!item) throw new Error("the item did not load");
          await item.updateComplete;
          await new Promise((resolve) => setTimeout(resolve, 30));
          for (const [identifier, value] of Object.entries(responses)) {
            if (value !== null) item.updateResponseVariable(identifier, value);
          }
          item.processResponse();
          const outcomes = Object.fromEntries(
            item.variables.filter((v) => v.type === "outcome").map((v) => [v.identifier, v.value]),
          );
          return { score: item.getOutcome("SCORE")?.value ?? null, outcomes, text: item.textContent.replace(/\s+/g, " ").trim() };
        },
        { xml: item.xml, responses: run.responses },
      );
    } catch (error) {
      runs[run.name] = { error: String(error) };
    }
    if (complaints.length) runs[run.name].complaints = [...complaints];
  }
  results[item.id] = runs;
}
await browser.close();
console.log(JSON.stringify(results));
