// What the clients found: for the terminal, and as the tables of docs/agents.md.
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { notApplicable } from "./not_applicable.mjs";

const here = (path) => new URL(path, import.meta.url);
const pinned = JSON.parse(readFileSync(here("package.json"), "utf8"));
const python = Object.fromEntries(readFileSync(here("requirements.txt"), "utf8").trim().split("\n").map((line) => line.split("==")));

/** The pinned version of a package. */
export const version = (name) => pinned.dependencies[name] ?? pinned.devDependencies[name] ?? python[name];

const DOCUMENT = here("../../docs/agents.md");
const [BEGIN, END] = ["<!-- conformance -->", "<!-- /conformance -->"];

export class Report {
  #clients = [];
  #suites = [];
  failures = 0;

  /** Plays one client. `check` notes whether what it is given succeeds. */
  async client(name, play) {
    const checks = [];
    const check = async (what, attempt) => {
      const began = performance.now();
      const problem = await attempt().then(() => undefined, (error) => error);
      checks.push({ what, problem });
      if (problem) this.failures += 1;
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      console.log(`${problem ? "FAILED" : "ok"} ${name}: ${what} (${seconds} s)`);
      if (problem) console.log(problem);
    };
    this.#clients.push({ name, checks });
    await play(check).catch((error) => check("plays to its end", () => Promise.reject(error)));
  }

  /** Notes the scenarios of the official suite. */
  suite(revision, scenarios) {
    const rows = [...scenarios].map(([scenario, checks]) => {
      const count = (status) => checks.filter((one) => one.status === status).length;
      const failed = checks.filter((one) => ["FAILURE", "WARNING"].includes(one.status));
      const open = failed.filter((one) => !notApplicable(scenario, one));
      const reasons = [...new Set(failed.map((one) => notApplicable(scenario, one)).filter(Boolean))];
      for (const one of open) console.log(`FAILED ${revision} ${scenario}: ${one.id}: ${one.errorMessage}`);
      this.failures += open.length;
      return { scenario, passed: count("SUCCESS"), open, reasons };
    });
    rows.sort((one, other) => one.scenario.localeCompare(other.scenario));
    this.#suites.push({ revision, rows });
  }

  /** What was found, in one line per client and suite. */
  text() {
    const clients = this.#clients.map(({ name, checks }) => {
      return `${checks.filter(({ problem }) => !problem).length} of ${checks.length}  ${name}`;
    });
    const suites = this.#suites.map(({ revision, rows }) => {
      const applicable = rows.filter(({ passed, open }) => passed + open.length > 0);
      const passed = applicable.filter(({ open }) => open.length === 0);
      return `${passed.length} of ${applicable.length} applicable scenarios of ${rows.length}  official suite, ${revision}`;
    });
    return ["", ...clients, ...suites].join("\n");
  }

  #markdown() {
    const lines = ["| client | checked | passed |", "|---|---|---|"];
    for (const { name, checks } of this.#clients) {
      const passed = checks.filter(({ problem }) => !problem).length;
      lines.push(`| ${name} | ${checks.map(({ what }) => what).join("; ")} | ${passed} of ${checks.length} |`);
    }
    return lines.join("\n");
  }

  /** Writes the tables to docs/agents.md. */
  async write() {
    const text = await readFile(DOCUMENT, "utf8");
    const [before, rest] = text.split(BEGIN);
    const [, after] = rest.split(END);
    await writeFile(DOCUMENT, `${before}${BEGIN}\n${this.#markdown()}\n${END}${after}`);
  }
}
