// Reads GIFT on standard input, parses it with gift-pegjs, writes its syntax tree as JSON.
// NODE_MODULES names the folder that holds gift-pegjs.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.NODE_MODULES, "package.json"));
const { parse } = require("gift-pegjs");

try {
  process.stdout.write(JSON.stringify({ questions: parse(readFileSync(0, "utf8")) }));
} catch (error) {
  process.stdout.write(JSON.stringify({ error: error.message, location: error.location }));
}
