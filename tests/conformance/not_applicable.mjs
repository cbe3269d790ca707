// Which checks of the official suite do not apply, and why.

/** The reason why a failed check does not apply, or `undefined`. */
export function notApplicable(scenario, { id }) {
  return undefined;
}
