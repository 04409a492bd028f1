import type { DreamError, SceneProblem } from "../errors.ts";
import type { Problem } from "./api-scene.ts";

/** Without the echoes of a bracket that is not closed: the rest of the text makes no sense either. */
export function withoutEchoes(problems: readonly SceneProblem[]): SceneProblem[] {
  return problems.filter(({ message }, i) => i === 0 || !/\btoken\b/.test(message));
}

/** The problems of an error; one without a place where it names none. */
export function problemsOf(error: DreamError): Problem[] {
  const problems = withoutEchoes(error.problems);
  if (problems.length > 0) return problems;
  const { message, hint, where } = error;
  const named = where === undefined ? message : `${message}: ${where}`;
  return [{ path: [], message: named, ...(hint === undefined ? {} : { hint }) }];
}
