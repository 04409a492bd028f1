/** Errors as the page receives them. */
import { DreamError, messageOf } from "../errors.ts";
import type { ApiError } from "./api.ts";
import { withoutEchoes } from "./check-problems.ts";

/** A request that cannot be answered, with the status of its answer. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(status: number, code: string, message: string, hint?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** The body that tells an error; anything unexpected is `INTERNAL`. */
export function apiError(error: unknown): ApiError {
  if (error instanceof DreamError && error.problems.length > 0) return problemError(error);
  if (error instanceof Refused || error instanceof DreamError) {
    const { code, message, hint } = error;
    const where = error instanceof DreamError && error.where ? `${error.where}: ` : "";
    return { code, message: `${where}${message}`, ...(hint === undefined ? {} : { hint }) };
  }
  return { code: "INTERNAL", message: messageOf(error) };
}

/** An error in a scene: its first problem, without the place and the line of the text, which the page shows by itself. */
function problemError(error: DreamError): ApiError {
  const { code } = error;
  const problems = withoutEchoes(error.problems);
  const { path, line, message, hint } = problems[0]!;
  const subject = path.length > 0 ? `${path.join(".")}: ` : line ? `line ${line}: ` : "";
  const more = problems.length - 1;
  const others = more === 0 ? "" : ` (and ${more} more ${more === 1 ? "problem" : "problems"})`;
  const own = message.startsWith(subject) ? message : `${subject}${message}`;
  return { code, message: `${own}${others}`, ...(hint === undefined ? {} : { hint }) };
}

const notThere = new Set(["SCENE_NOT_FOUND", "FILE_NOT_FOUND", "MODEL_NOT_FOUND", "NO_RECIPE"]);

/** The HTTP status of an error. */
export function statusOf(error: unknown): number {
  if (error instanceof Refused) return error.status;
  if (!(error instanceof DreamError)) return 500;
  if (notThere.has(error.code)) return 404;
  if (error.code === "TOO_LARGE") return 413;
  if (error.code === "DISK_FULL") return 507;
  // A process that dreams was ended: the studio is closing, or the request was cancelled.
  if (error.code === "INTERRUPTED") return 503;
  return error.code === "INTERNAL" ? 500 : 422;
}
