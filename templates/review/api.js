// Talking to the server: one change after another, each tried until the server has it or refuses it.

const write = document.body.dataset.write;
/** Which tab this is: typing that goes on is one step to undo only within a tab. */
export const TAB = Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");

/** What the server did not accept: `error` is its kind, `message` its sentence. */
export class Refusal extends Error {
  constructor(status, answer) {
    super(answer.message ?? String(status));
    this.status = status;
    this.answer = answer;
  }
}

let last = Promise.resolve();
let waiting = 0;
const listeners = [];

/** Hear of `{waiting, trouble}` whenever it changes. */
export const onState = (listener) => listeners.push(listener);
const tell = (trouble) => listeners.forEach((listener) => listener({ waiting, trouble }));

/** How many changes are not on disk yet. */
export const pending = () => waiting;

/** Read something. */
export async function get(path) {
  const answer = await fetch(path, { credentials: "same-origin", cache: "no-store" });
  if (answer.status === 403) throw new Refusal(403, { error: "denied", message: await answer.text() });
  const value = await answer.json();
  if (!answer.ok) throw new Refusal(answer.status, value);
  return value;
}

/** Make a change once all earlier ones are made; `make` is asked for it, and for the version, at that moment. */
export function change(make, since) {
  waiting += 1;
  tell("");
  const mine = last.then(() => attempt(make, since));
  last = mine.then(
    () => undefined,
    () => undefined,
  );
  return mine.finally(() => {
    waiting -= 1;
    tell("");
  });
}

/** When every change made so far is on disk or refused. */
export const settled = () => last;

async function attempt(make, since) {
  for (let tries = 0; ; tries += 1) {
    const wanted = make();
    if (wanted === null) return null;
    let answer;
    let value;
    const body = JSON.stringify({ change: wanted, since: since(), tab: TAB });
    try {
      answer = await fetch("/api/do", {
        method: "POST",
        credentials: "same-origin",
        headers: { "content-type": "application/json", "x-qbank-write": write },
        body,
        keepalive: body.length < 20000, // it arrives even if the tab is closed now
      });
      value = answer.status === 403 ? { error: "denied" } : await answer.json();
    } catch {
      value = { error: "unreachable" };
    }
    if (answer?.ok) return value;
    const passing = ["unreachable", "denied", "outside", "unsaved"].includes(value.error);
    if (!passing) throw new Refusal(answer.status, value);
    tell(value.error === "unreachable" || value.error === "denied" ? value.error : value.message);
    await new Promise((resolve) => setTimeout(resolve, Math.min(5000, 500 * 2 ** tries)));
  }
}
