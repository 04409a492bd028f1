import { DreamError, messageOf } from "../../errors.ts";

/**
 * Messages of onnxruntime and Dawn if a buffer is too large for the device or its memory is full: the requested
 * buffer is then reported as invalid.
 */
const tooLarge =
  /out of memory|OUT_OF_\w+_MEMORY|max buffer size|max\w*BufferBindingSize|\[Invalid Buffer|failed to allocate|allocation failed|bad_alloc/i;
const lost = /device (is |was )?lost|DEVICE_LOST/i;
/** The node at which a run failed or for which the graph is refused: its name and op, in either order. */
const stoppedAt = /while running (?<op>\w+) node\. Name:'(?<name>[^']*)' Status Message: /;
const refusedAt = /Node ?\((?<name>.*?)\) Op ?\((?<op>\w+)\) /;

/** A location in onnxruntime's source, with the condition that failed. */
const ownSource = /^\S+\.(cc|h):\d+ (.* was false\. )?/;

/** The worker thread has ended. */
export class ThreadEnded extends Error {}

/**
 * A graph that onnxruntime refuses or fails to run: `INTERNAL`, unless the caller knows which network the graph comes
 * from.
 */
export class GraphRefused extends DreamError {
  /** onnxruntime's message, on one line. */
  readonly reason: string;
  /** The failing node, if onnxruntime names it. */
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

/** Convert a failure of onnxruntime while it did `what` to an error, with a hint where the remedy is known. */
export function ortError(provider: string, what: string, cause: unknown): DreamError {
  const message = messageOf(cause);
  const where = `onnxruntime (${provider})`;
  if (tooLarge.test(message)) {
    return new DreamError("TOO_LARGE", `${where} does not have enough memory: ${message}`, {
      hint: "Reduce output.size or dream.tile, or set engine: cpu, which can use all memory of the machine.",
      cause,
    });
  }
  if (lost.test(message)) {
    return new DreamError("ENGINE_UNAVAILABLE", `${where} lost its device: ${message}`, {
      hint: "The driver may have reset the device. Render again with engine: cpu, or with a smaller output.size.",
      cause,
    });
  }
  // On a GPU, the device or its driver may also be at fault.
  if (provider === "cpu" && !(cause instanceof ThreadEnded))
    return new GraphRefused(where, what, cause);
  return new DreamError("INTERNAL", `${where} ${what}: ${message}`, { cause });
}
