import { DreamError, type DreamErrorOptions } from "../errors.ts";

/**
 * Why shapes do not fit: the picture is too `small`; the sizes of two branches differ (`uneven`); the network was
 * exported for one size (`fixed`); or the network itself is invalid.
 */
export type MismatchReason = "small" | "uneven" | "fixed" | "network";

const hints: Readonly<Record<MismatchReason, string>> = {
  small: "The picture is too small for this network.",
  uneven: "The network accepts only multiples of some number of px, such as 32.",
  fixed:
    "This part of the network was exported for one picture size. Layers before it work at any size. To use this one, " +
    "export the network with dynamic height and width (torch.onnx.export: dynamic_axes).",
  network:
    "Check the network with onnx.checker. If it passes, please report this with the network.",
};

/** `SHAPE_MISMATCH`, with whether another picture size would help. */
export class ShapeMismatch extends DreamError {
  readonly reason: MismatchReason;

  constructor(message: string, reason: MismatchReason, options: DreamErrorOptions = {}) {
    super("SHAPE_MISMATCH", message, { hint: hints[reason], ...options });
    this.reason = reason;
  }
}
