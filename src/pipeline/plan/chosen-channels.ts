import type { Dreamer } from "../../dream/dreamer.ts";
import type { Frame } from "../../frame.ts";
import type { Scene } from "../../scene/scene.ts";
import { atName } from "./check-names.ts";

/**
 * `scene` with the channels that names such as `motifs3:strongest-8` choose in place of these names, for example
 * `motifs3:3,17`. Each shot chooses from its own first source picture, which `firstOf` reads only where it is needed.
 * Throws `SCENE_UNKNOWN_LAYER` at the name's position in the scene.
 */
export async function chooseInScene(
  scene: Scene,
  dreamers: readonly Dreamer[],
  firstOf: (shot: number) => Promise<Frame>,
  onNotice?: (message: string) => void,
): Promise<Scene> {
  const pieces = scene.shots ?? [scene];
  const chosen: ReadonlyMap<string, string>[] = [];
  for (const [i, shot] of pieces.entries()) {
    const dreamer = dreamers[i]!;
    const names = Object.keys(shot.dream.layers ?? {}).filter((name) =>
      atName(shot, "layers", name, () => dreamer.choosesChannels(name)),
    );
    if (names.length === 0) {
      chosen.push(new Map());
      continue;
    }
    const all = Object.keys(shot.dream.layers ?? {});
    const channels = await dreamer.chooseChannels(all, await firstOf(i), shot.seed);
    chosen.push(channels);
    const where = pieces.length > 1 ? `shot ${i + 1}: ` : "";
    for (const [name, plain] of channels) onNotice?.(`${where}${name} is ${plain}`);
  }
  if (chosen.every((names) => names.size === 0)) return scene;
  if (!scene.shots) return withChannels(scene, chosen[0]!);
  const shots = scene.shots.map((shot, i) => withChannels(shot, chosen[i]!));
  // The top level repeats the first shot.
  return { ...withChannels(scene, chosen[0]!), shots };
}

function withChannels<T extends Scene>(shot: T, chosen: ReadonlyMap<string, string>): T {
  if (chosen.size === 0) return shot;
  const layers = Object.entries(shot.dream.layers ?? {}).map(([name, weight]) => {
    const plain = chosen.get(name);
    if (plain === undefined) return [name, weight];
    return [plain, { ...weight, path: [...weight.path.slice(0, -1), plain] }];
  });
  const objectives = Object.entries(shot.dream.objectives ?? {}).map(([name, objective]) => [
    chosen.get(name) ?? name,
    objective,
  ]);
  const written = Object.fromEntries([...chosen].map(([name, plain]) => [plain, name]));
  return {
    ...shot,
    dream: {
      ...shot.dream,
      layers: Object.fromEntries(layers),
      ...(objectives.length > 0 ? { objectives: Object.fromEntries(objectives) } : {}),
    },
    places: { ...shot.places, written },
  };
}
