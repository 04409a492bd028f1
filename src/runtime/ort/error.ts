import { DreamError, messageOf } from "../../errors.ts";

/**
 * What onnxruntime and Dawn say where a buffer is too large for the device, or its memory is full: then the buffer that
 * was asked for is called invalid.
 */
const tooLarge =
  /out of memory|OUT_OF_\w+_MEMORY|max buffer size|max\w*BufferBindingSize|\[Invalid Buffer|failed to allocate|allocation failed|bad_alloc/i;
const lost = /device (is |was )?lost|DEVICE_LOST/i;
/** The node that a run stopped at, or that the graph is refused for: its name and op in either order. */
const stoppedAt = /while running (?<op>\w+) node\. Name:'(?<name>[^']*)' Status Message: /;
const refusedAt = /Node ?\((?<name>.*?)\) Op ?\((?<op>\w+)\) /;

/** A place in onnxruntime's source, and the condition that was false there. */
const ownSource = /^\S+\.(cc|h):\d+ (.* was false\. )?/;

/** The thread that computed is no more. */
export class ThreadEnded extends Error {}

/** A graph that onnxruntime refuses or stops at: `INTERNAL`, unless who loads it knows whose graph it is. */
export class GraphRefused extends DreamError {
  /** onnxruntime's own words, in one line. */
  readonly reason: string;
  /** Where in the graph, as far as that is said. */
  readonly node: { readonly op: string; readonly name: string } | undefined;

  constructor(where: string, what: string, cause: unknown) {
    const message = messageOf(cause);
    super("INTERNAL", `${where} ${what}: ${message}`, { cause });
    const found = stoppedAt.exec(message) ?? refusedAt.exec(message);
    const { op = "", name = "" } = found?.groups ?? {};
    this.node = found ? { op, name } : undefined;
    const after = found ? message.slice(found.index + found[0].length) : message;
    this.reason = after.trim().split("\n")[0]!.replace(ownSource, "");
  }
}

/** A failure of onnxruntime, `what` it did, as an error with what to do where that is known. */
export function ortError(provider: string, what: string, cause: unknown): DreamError {
  const message = messageOf(cause);
  const where = `onnxruntime (${provider})`;
  if (tooLarge.test(message)) {
    return new DreamError("TOO_LARGE", `${where} has not enough memory: ${message}`, {
      hint: "Set output.size or dream.tile smaller, or engine: cpu, which has the machine's whole memory.",
      cause,
    });
  }
  if (lost.test(message)) {
    return new DreamError("ENGINE_UNAVAILABLE", `${where} lost its device: ${message}`, {
      hint: "Its driver may have stopped it. Render again with engine: cpu, or with smaller pictures.",
      cause,
    });
  }
  // On a GPU it may as well be the device's fault, or its driver's.
  if (provider === "cpu" && !(cause instanceof ThreadEnded))
    return new GraphRefused(where, what, cause);
  return new DreamError("INTERNAL", `${where} ${what}: ${message}`, { cause });
}
