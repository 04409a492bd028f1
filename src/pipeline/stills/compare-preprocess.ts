import type { Frame } from "../../frame.ts";
import { openNetwork } from "../../models/open.ts";
import { conventions } from "../../models/preprocess.ts";
import type { Engine } from "../../runtime/engine.ts";
import { type Classification, classify } from "./classify.ts";

export interface ConventionResult extends Classification {
  /** Name of the convention. */
  readonly convention: string;
}

/**
 * Classify one picture under each of the usual preprocessings. The right one names the picture's content; a high
 * probability alone proves nothing, because pixel values that are too large make any answer confident. Throws the
 * errors of `openNetwork` and `classify`.
 */
export async function comparePreprocess(
  file: string,
  labels: string | undefined,
  engine: Engine,
  frame: Frame,
): Promise<ConventionResult[]> {
  const results: ConventionResult[] = [];
  for (const [convention, preprocess] of Object.entries(conventions)) {
    const network = await openNetwork({ file, preprocess, labels });
    const [best] = await classify(network, engine, frame, 1);
    results.push({ convention, ...best! });
  }
  return results;
}
