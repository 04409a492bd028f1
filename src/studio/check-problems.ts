import type { DreamError } from "../errors.ts";
import type { Problem } from "./api.ts";

/** The problems of an error; one without a place where it names none. */
export function problemsOf(error: DreamError): Problem[] {
  if (error.problems.length > 0) return [...error.problems];
  const { message, hint, where } = error;
  const named = where === undefined ? message : `${message}: ${where}`;
  return [{ path: [], message: named, ...(hint === undefined ? {} : { hint }) }];
}
