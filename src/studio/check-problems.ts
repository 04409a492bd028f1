import type { DreamError } from "../errors.ts";
import type { Problem } from "./api-scene.ts";

/** The problems of an error; one without a place where it names none. */
export function problemsOf(error: DreamError): Problem[] {
  // After a bracket that is not closed the rest of the text makes no sense either.
  const isEcho = (message: string, i: number): boolean => i > 0 && /\btoken\b/.test(message);
  const problems = error.problems.filter(({ message }, i) => !isEcho(message, i));
  if (problems.length > 0) return problems;
  const { message, hint, where } = error;
  const named = where === undefined ? message : `${message}: ${where}`;
  return [{ path: [], message: named, ...(hint === undefined ? {} : { hint }) }];
}
