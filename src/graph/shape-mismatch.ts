import { DreamError, type DreamErrorOptions } from "../errors.ts";

/**
 * Why shapes do not fit: the picture is too `small`; it is of no size at which branches meet (`uneven`); the network
 * was exported for one size (`fixed`); or the network itself is at fault.
 */
export type MismatchReason = "small" | "uneven" | "fixed" | "network";

const hints: Readonly<Record<MismatchReason, string>> = {
  small: "The picture is too small for this network.",
  uneven: "The network takes multiples of some number of px alone, such as 32.",
  fixed:
    "This part of the network was exported for one picture size. Layers before it dream at any size; for this one, " +
    "export the network with free height and width (torch.onnx.export: dynamic_axes).",
  network: "Does onnx.checker take the network? If it does, please report this with the network.",
};

/** `SHAPE_MISMATCH`, with what a picture of another size would change. */
export class ShapeMismatch extends DreamError {
  readonly reason: MismatchReason;

  constructor(message: string, reason: MismatchReason, options: DreamErrorOptions = {}) {
    super("SHAPE_MISMATCH", message, { hint: hints[reason], ...options });
    this.reason = reason;
  }
}
