import type { Node } from "../graph.ts";
import type { MismatchReason, ShapeMismatch } from "../shape-mismatch.ts";

/** A small tensor that does not depend on the picture's content, in row-major order. */
export interface KnownValues {
  readonly values: readonly number[];
  /** Whether they are of a float type: division is then exact. */
  readonly float: boolean;
}

/** What a shape rule has access to. */
export interface ShapeContext {
  readonly node: Node;
  /** Shape of the input at `index`. */
  dims(index: number): readonly number[];
  has(index: number): boolean;
  /** The value of the input at `index`, if it does not depend on the picture's content. */
  known(index: number): KnownValues | undefined;
  /** The numbers of `known`. */
  integers(index: number): readonly number[] | undefined;
  /** Whether the input at `index` is a weight or another constant. */
  isConstant(index: number): boolean;
  fail(message: string, reason?: MismatchReason): ShapeMismatch;
}
