import { DreamError } from "../../errors.ts";
import { locate, writtenPart } from "../../scene/places.ts";
import { directionsOf, paletteOf, type Scene, type SceneModel } from "../../scene/scene.ts";

type Path = readonly (string | number)[];

/** A file that a scene names; for a sequence of pictures, the folder or pattern. */
export interface NamedFile {
  readonly file: string;
  /** Where it is named, in the most detailed form. */
  readonly path: Path;
  /** The shot that names it, or the scene. */
  readonly from: Scene;
}

/** Every file that a scene names. */
export function namedFiles(scene: Scene): NamedFile[] {
  const { audio, shots = [scene] } = scene;
  const sound = audio ? [{ file: audio.file, path: ["audio", "file"], from: scene }] : [];
  return [...sound, ...shots.flatMap(filesOfShot)];
}

function filesOfShot(shot: Scene): NamedFile[] {
  const { source, dream, matte } = shot;
  const palette = paletteOf(shot);
  const files: (readonly [file: string | undefined, ...path: Path])[] = [
    source.type === "frames"
      ? [source.pattern, "source", "frames"]
      : source.type === "video"
        ? [source.file, "source", "video", "file"]
        : [source.type === "image" ? source.file : undefined, "source", "image"],
    [dream.guide?.file, "dream", "guide", dream.guide?.type ?? ""],
    [matte?.file, "matte", matte?.type ?? ""],
    [palette?.file, "color", "match", "image"],
    ...(shot.regions ?? []).map(
      (region, i) => [region.matte.file, "regions", i, "matte", region.matte.type] as const,
    ),
    ...directionsOf(shot).map(({ file, path }) => [file, ...path] as const),
    ...modelPlaces(shot).flatMap(([one, ...path]) =>
      "file" in one
        ? ([
            [one.file, ...path, "file"],
            [one.labels, ...path, "labels"],
          ] as const)
        : [],
    ),
  ];
  return files.flatMap(([file, ...path]) =>
    file === undefined ? [] : [{ file, path, from: shot }],
  );
}

/** The networks of a shot with their paths. */
function modelPlaces({ model }: Scene): (readonly [SceneModel, ...Path])[] {
  if (!("networks" in model)) return [[model, "model"]];
  return Object.entries(model.networks).map(([name, own]) => [own, "models", name]);
}

/** Do `work` on the files of a scene; an error about one of them gets the position of its name in the scene. */
export async function atNamedFile<T>(scene: Scene, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withPlace(scene, error);
  }
}

/** An error about a file of a scene with the position of its name there; any other error as it is. */
export function withPlace(scene: Scene, error: unknown): unknown {
  if (!(error instanceof DreamError) || error.problems.length > 0) return error;
  const named = namedFiles(scene).find(({ file }) => file === error.where);
  if (!named) return error;
  const { file, path, from } = named;
  const place = locate(from.places, writtenPart(from.places, path));
  if (!place) return error;
  const { code, message, hint, cause } = error;
  // An override is not a place where an editor can go: the file says more.
  const isWritten = place.line !== undefined;
  return new DreamError(
    code,
    isWritten && !message.includes(file) ? `${file}: ${message}` : message,
    {
      place,
      ...(isWritten ? {} : { where: file }),
      hint,
      cause,
    },
  );
}
