// What the clients found: for the terminal, and as the tables of docs/agents.md.
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { applicable, notApplicable } from "./not_applicable.mjs";

const here = (path) => new URL(path, import.meta.url);
const pinned = JSON.parse(readFileSync(here("package.json"), "utf8"));
const python = Object.fromEntries(readFileSync(here("requirements.txt"), "utf8").trim().split("\n").map((line) => line.split("==")));

/** The pinned version of a package. */
export const version = (name) => pinned.dependencies[name] ?? pinned.devDependencies[name] ?? python[name];

const DOCUMENT = here("../../docs/agents.md");
const [BEGIN, END] = ["<!-- conformance -->", "<!-- /conformance -->"];

/** The reason for a scenario without a single check. */
const NOT_RUN = "the suite leaves it out by itself";

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
      const failed = checks.filter(({ status }) => ["FAILURE", "WARNING"].includes(status));
      const open = failed.filter((check) => !notApplicable(scenario, check));
      // Each scenario also checks the messages against the schema.
      const passed = checks.filter(({ id, status }) => status === "SUCCESS" && id !== "wire-schema-valid").length;
      for (const { id, errorMessage } of open) console.log(`FAILED ${revision} ${scenario}: ${id}: ${errorMessage}`);
      this.failures += open.length;
      const reasons = new Set(failed.map((check) => notApplicable(scenario, check)).filter(Boolean));
      return { scenario, passed, failed: open.length, left: failed.length - open.length, reasons: [...reasons] };
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
      const all = applicable(rows);
      const passed = all.filter(({ failed }) => failed === 0);
      return `${passed.length} of ${all.length}  official suite, ${revision} (${rows.length - all.length} scenarios do not apply)`;
    });
    return ["", ...clients, ...suites].join("\n");
  }

  #clientTable() {
    const rows = this.#clients.map(({ name, checks }) => {
      const passed = checks.filter(({ problem }) => !problem).length;
      return `| ${name} | ${checks.map(({ what }) => what).join("; ")} | ${passed} of ${checks.length} |`;
    });
    return ["| client | checked | passed |", "|---|---|---|", ...rows];
  }

  #suiteTable() {
    const lines = ["| official suite | scenario | checks passed | do not apply |", "|---|---|---|---|"];
    for (const { revision, rows } of this.#suites) {
      for (const { scenario, passed, failed, left, reasons } of applicable(rows)) {
        const rest = left ? `${left}: ${reasons.join("; ")}` : "";
        lines.push(`| ${revision} | ${scenario} | ${passed} of ${passed + failed} | ${rest} |`);
      }
    }
    return lines;
  }

  #leftOut() {
    const byReason = new Map();
    for (const { rows } of this.#suites) {
      for (const { scenario, reasons } of rows.filter((row) => !applicable([row]).length)) {
        const reason = reasons.join("; ") || NOT_RUN;
        byReason.set(reason, (byReason.get(reason) ?? new Set()).add(scenario));
      }
    }
    const rows = [...byReason].map(([reason, scenarios]) => `| ${reason} | ${[...scenarios].sort().join(", ")} |`);
    return ["| why a scenario does not apply | scenarios |", "|---|---|", ...rows];
  }

  /** Writes the tables to docs/agents.md. */
  async write() {
    const text = await readFile(DOCUMENT, "utf8");
    const [before, rest] = text.split(BEGIN);
    const [, after] = rest.split(END);
    const tables = [this.#clientTable(), this.#suiteTable(), this.#leftOut()].map((lines) => lines.join("\n"));
    await writeFile(DOCUMENT, `${before}${BEGIN}\n${tables.join("\n\n")}\n${END}${after}`);
  }
}
