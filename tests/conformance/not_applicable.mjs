// Which failed checks of the official suite do not apply to a server that has tools only, and why. A check counts as
// failed unless scenario and message both fit.
/** Scenarios of an extension, which the server does not offer. */
const EXTENSION = /^tasks-/;
const OTHER_TOOL = "needs a tool of the suite's own server";
const RULES = [
  [EXTENSION, /./, "tasks are an extension, which the server does not offer"],
  [/./, /Unknown tool: |the diagnostic tool|Tool '\w+' not found|no tool with x-mcp-header|does not implement test_/, OTHER_TOOL],
  [/^input-required-result-/, /Prerequisite failed|InputRequiredResult/, OTHER_TOOL],
  [/^(logging-set-level|tools-call-with-logging)$/, /Method not found/, "the server sends no log messages"],
  [/./, /Method not found|got -32601|data\.uri is undefined/, "the server has no prompts, resources or completions"],
];

/** The reason why a failed check does not apply, or `undefined`. */
export function notApplicable(scenario, { errorMessage = "" }) {
  return RULES.find(([scenarios, messages]) => scenarios.test(scenario) && messages.test(errorMessage))?.[2];
}

/** The scenarios that apply, at least in part. */
export const applicable = (rows) => rows.filter(({ scenario, passed, failed }) => failed > 0 || (passed > 0 && !EXTENSION.test(scenario)));
