/** A scene at the size of a look. */
import { openShotSource } from "../pipeline/plan/inputs.ts";
import type { Scene } from "../scene/scene.ts";
import type { Size } from "./api.ts";

/** Smallest and largest width of a look, px. */
const [minWidth, maxWidth] = [32, 1920];

const sizes = new Map<string, Size>();

/** `scene` at `width`, or its own where that is smaller; the aspect stays. A loop's seam needs all frames: it is left out. */
export async function smallScene(
  scene: Scene,
  width: number,
): Promise<{ readonly scene: Scene; readonly fullWidth: number }> {
  const full = await fullSize(scene);
  const wanted = Math.min(maxWidth, Math.max(minWidth, Math.round(width)));
  const size =
    wanted >= full.width
      ? full
      : { width: even(wanted), height: even((wanted * full.height) / full.width) };
  const small = <T extends Scene>(shot: T): T => ({
    ...shot,
    loop: false,
    output: { ...shot.output, size },
  });
  const shots = scene.shots ? { shots: scene.shots.map(small) } : {};
  return { scene: { ...small(scene), ...shots }, fullWidth: full.width };
}

/** The size of a scene's frames: its own, or that of its first source, which is looked into once. */
async function fullSize(scene: Scene): Promise<Size> {
  const first = scene.shots?.[0] ?? scene;
  if (first.output.size) return first.output.size;
  const key = JSON.stringify(first.source);
  const known = sizes.get(key);
  if (known) return known;
  const {
    start: _,
    end: __,
    ...source
  } = first.source as typeof first.source & {
    start?: unknown;
    end?: unknown;
  };
  const opened = await openShotSource({ ...first, source } as Scene, {});
  await opened.close();
  sizes.set(key, opened.size);
  return opened.size;
}

function even(length: number): number {
  return Math.max(2, 2 * Math.round(length / 2));
}
