import type { GraphBuilder } from "./builder.ts";
import { floatTensor } from "./graph.ts";

/** The light of `picture` `[1, 3, H, W]`: Rec. 601 luma, `[1, 1, H, W]`. */
export function addLight(b: GraphBuilder, picture: string): string {
  const luma = b.constant(floatTensor([1, 3, 1, 1], [0.299, 0.587, 0.114]));
  return b.op("Conv", [picture, luma]);
}
