import { DreamError } from "../errors.ts";
import type { ValueInfo } from "../graph/graph.ts";
import type { Feed } from "./engine.ts";

/** Throws `SHAPE_MISMATCH` if `feed` does not have the type and shape of `input`. */
export function checkFeed(input: ValueInfo, feed: Feed | undefined): void {
  const type = feed && ("type" in feed ? feed.type : "float32");
  const fits =
    feed &&
    type === input.type &&
    feed.dims.length === input.dims.length &&
    input.dims.every((d, i) => typeof d === "string" || d === feed.dims[i]);
  if (fits) return;
  const given = feed ? `${type} [${feed.dims.join(", ")}]` : "nothing";
  throw new DreamError(
    "SHAPE_MISMATCH",
    `input "${input.name}" must be ${input.type} [${input.dims.join(", ")}], got ${given}`,
  );
}
