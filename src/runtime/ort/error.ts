import { DreamError, messageOf } from "../../errors.ts";

/**
 * What onnxruntime and Dawn say where a buffer is too large for the device, or its memory is full: then the buffer that
 * was asked for is called invalid.
 */
const tooLarge =
  /out of memory|OUT_OF_\w+_MEMORY|max buffer size|max\w*BufferBindingSize|\[Invalid Buffer|failed to allocate|allocation failed|bad_alloc/i;
const lost = /device (is |was )?lost|DEVICE_LOST/i;

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
  return new DreamError("INTERNAL", `${where} ${what}: ${message}`, { cause });
}
