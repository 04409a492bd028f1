import type { DoneNow } from "../queue/live.ts";

/** A piece as a person would name it: `shot 2, frames 120 to 143`. Shots and scenes count from 1. */
export function pieceWords(
  { kind, scene, shot, from, to }: Pick<DoneNow, "kind" | "scene" | "shot" | "from" | "to">,
  scenes = 1,
): string {
  const where = scenes > 1 ? `scene ${scene + 1}, ` : "";
  if (kind === "film") return `${where}the film`;
  if (kind === "cuts") return `${where}the cuts of shot ${shot + 1}`;
  return `${where}shot ${shot + 1}, frames ${from} to ${to}`;
}
