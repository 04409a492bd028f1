/**
 * Errors for users. Every failure that a user can cause or meet is a `DreamError`, which says what is wrong, where, what is
 * valid and what to do. Any other error is a bug in dreamreel.
 */

export type ErrorCode =
  // scene
  | "SCENE_NOT_FOUND"
  | "SCENE_SYNTAX"
  | "SCENE_INVALID"
  | "SCENE_UNKNOWN_LAYER"
  | "SCENE_UNKNOWN_CLASS"
  // files and video
  | "FILE_NOT_FOUND"
  | "NOT_A_VIDEO"
  | "NOT_A_SOUND"
  | "NOT_AN_IMAGE"
  | "NOT_A_FILE"
  | "FILTER_REFUSED"
  | "EMPTY_VIDEO"
  | "SIZE_INVALID"
  | "OUTPUT_UNWRITABLE"
  | "OUTPUT_EXISTS"
  | "OUTPUT_BROKEN"
  | "OUTPUT_BUSY"
  | "DISK_FULL"
  | "SOURCE_CHANGED"
  | "NO_RECIPE"
  | "FFMPEG_NOT_FOUND"
  | "FFMPEG_FAILED"
  | "FFMPEG_NO_CODEC"
  // networks
  | "MODEL_NOT_FOUND"
  | "MODEL_INVALID"
  | "DOWNLOAD_FAILED"
  | "MODEL_UNSUPPORTED_OP"
  | "FLOW_INVALID"
  | "SHAPE_MISMATCH"
  | "ENGINE_UNAVAILABLE"
  | "TOO_LARGE"
  // farm
  | "SHARE_NOT_FOUND"
  | "SHARE_UNUSABLE"
  | "FILM_NOT_FOUND"
  | "FARM_UNLIKE"
  | "SHARE_DIFFERS"
  | "REDIS_UNAVAILABLE"
  | "FARM_STOPPED"
  // program
  | "PACKAGE_MISSING"
  | "USAGE"
  | "INTERRUPTED"
  | "INTERNAL";

/** A place in a scene. */
export interface ScenePlace {
  /** Keys from the root: `["dream", "layers", "motifs3"]`, `["shots", 1, "mix"]`; empty for the whole scene. */
  readonly path: readonly (string | number)[];
  /** From 1; absent if the value is not in the text of the scene. */
  readonly line?: number;
  /** In characters, from 1. */
  readonly column?: number;
  /** For display: `scene.yaml:12:14`, or the override that set the value. */
  readonly where?: string;
}

/** An error at a place in a scene. */
export interface SceneProblem extends Omit<ScenePlace, "where"> {
  readonly message: string;
  /** Valid values, or what to do. */
  readonly hint?: string;
}

export interface DreamErrorOptions {
  /** Valid values, or what to do, as a sentence. */
  readonly hint?: string;
  /** `file:line:column` or a file. */
  readonly where?: string;
  /** A place in a scene, instead of `where`. */
  readonly place?: ScenePlace;
  /** Errors at several places in a scene. */
  readonly problems?: readonly SceneProblem[];
  readonly cause?: unknown;
}

/** A failure with a stable `code`, a self-contained message, and a `hint` with valid values or what to do. */
export class DreamError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly where: string | undefined;
  /** The errors in a scene, in the order of its text; empty for other errors. */
  readonly problems: readonly SceneProblem[];

  constructor(code: ErrorCode, message: string, options: DreamErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "DreamError";
    this.code = code;
    this.hint = options.hint;
    const { place, problems = [] } = options;
    this.where = options.where ?? place?.where;
    this.problems = place ? [problemAt(place, message, options.hint)] : problems;
  }

  /** All properties except the stack and the cause. */
  toJSON(): object {
    const { name, code, message, where, hint, problems } = this;
    return { name, code, message, where, hint, problems };
  }
}

function problemAt(
  { where: _, ...place }: ScenePlace,
  message: string,
  hint?: string,
): SceneProblem {
  return { ...place, message, hint };
}

/** Format an error for a person: `CODE: where: message` and the hint on its own line, safe to print. */
export function formatError(error: unknown): string {
  if (!(error instanceof DreamError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `INTERNAL: ${printable(text)}`;
  }
  const where = error.where ? `${error.where.replaceAll("\n", "\\n")}: ` : "";
  const hint = error.hint ? `\n  ${error.hint}` : "";
  return printable(`${error.code}: ${where}${error.message}${hint}`);
}

/** Control characters except tab and newline, and characters that change the direction of text. */
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters.
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Escape the control characters of `text`, so that text from files and networks cannot move a terminal's cursor or hide
 * other text. JSON stays valid.
 */
export function printable(text: string): string {
  return text.replace(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
