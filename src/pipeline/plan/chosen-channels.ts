import type { Dreamer } from "../../dream/dreamer.ts";
import type { Frame } from "../../frame.ts";
import { dreamsOf, type Scene, type SceneDream } from "../../scene/scene.ts";
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
    const named = dreamsOf(shot).flatMap(({ path, dream }) =>
      Object.keys(dream.layers ?? {}).map((name) => ({ path: [...path, "layers"], name })),
    );
    const chooses = named.filter(({ path, name }) =>
      atName(shot, path, name, () => dreamer.choosesChannels(name)),
    );
    if (chooses.length === 0) {
      chosen.push(new Map());
      continue;
    }
    const all = [...new Set(named.map(({ name }) => name))];
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
  const written = Object.fromEntries([...chosen].map(([name, plain]) => [plain, name]));
  const { dream, regions } = shot;
  return {
    ...shot,
    dream: withChannelsIn(dream, chosen),
    ...(regions
      ? {
          regions: regions.map((region) => ({
            ...region,
            dream: withChannelsIn(region.dream, chosen),
          })),
        }
      : {}),
    places: { ...shot.places, written },
  };
}

function withChannelsIn<T extends SceneDream>(dream: T, chosen: ReadonlyMap<string, string>): T {
  const layers = Object.entries(dream.layers ?? {}).map(([name, weight]) => {
    const plain = chosen.get(name);
    if (plain === undefined) return [name, weight];
    return [plain, { ...weight, path: [...weight.path.slice(0, -1), plain] }];
  });
  const objectives = Object.entries(dream.objectives ?? {}).map(([name, objective]) => [
    chosen.get(name) ?? name,
    objective,
  ]);
  return {
    ...dream,
    ...(dream.layers ? { layers: Object.fromEntries(layers) } : {}),
    ...(objectives.length > 0 ? { objectives: Object.fromEntries(objectives) } : {}),
  };
}
