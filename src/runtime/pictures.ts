/** Conversion between frames in the program's memory and pictures `[1, 3, H, W]` on an engine's device. */
import type { Frame } from "../frame.ts";
import type { DeviceTensor } from "./device-tensor.ts";
import type { Engine } from "./engine.ts";
import { Scope, scoped } from "./scope.ts";

/** Height and width of `[1, C, H, W]`, px. */
export function sizeOf({ dims }: DeviceTensor): { height: number; width: number } {
  return { height: dims[2]!, width: dims[3]! };
}

export function uploadFrame(
  engine: Engine,
  scope: Scope,
  { data, height, width }: Frame,
): Promise<DeviceTensor> {
  return engine.upload(scope, [1, 3, height, width], data);
}

export async function readFrame(picture: DeviceTensor): Promise<Frame> {
  return { data: await picture.read(), ...sizeOf(picture) };
}

/**
 * Run `work` with `frames` on the device and read the picture that it returns. If `work` returns one of the inputs,
 * the result is the same frame object.
 */
export async function onDevice(
  engine: Engine,
  frames: readonly Frame[],
  work: (scope: Scope, ...pictures: DeviceTensor[]) => Promise<DeviceTensor>,
): Promise<Frame> {
  return scoped(async (scope) => {
    const pictures: DeviceTensor[] = [];
    for (const frame of frames) pictures.push(await uploadFrame(engine, scope, frame));
    const result = await work(scope, ...pictures);
    return frames[pictures.indexOf(result)] ?? readFrame(result);
  });
}

/** Frames that stay on the device between uses, with their pictures. */
export class KeptFrames {
  readonly #engine: Engine;
  readonly #pictures = new Map<Frame, DeviceTensor>();
  readonly #scope = new Scope();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The picture of `frame` on the device. */
  async get(frame: Frame): Promise<DeviceTensor> {
    const known = this.#pictures.get(frame);
    if (known) return known;
    const picture = await uploadFrame(this.#engine, this.#scope, frame);
    this.#pictures.set(frame, picture);
    return picture;
  }

  /** Read `picture`, which `scope` or this object owns, and keep it here from now on. */
  async keep(picture: DeviceTensor, scope: Scope): Promise<Frame> {
    for (const [frame, known] of this.#pictures) if (known === picture) return frame;
    const frame = await readFrame(picture);
    if (scope.release(picture)) this.#scope.own(picture);
    this.#pictures.set(frame, picture);
    return frame;
  }

  /** Dispose all other pictures. */
  keepOnly(...frames: readonly (Frame | undefined)[]): void {
    for (const [frame, picture] of this.#pictures) {
      if (frames.includes(frame)) continue;
      this.#pictures.delete(frame);
      this.#scope.drop(picture);
    }
  }

  dispose(): void {
    this.#pictures.clear();
    this.#scope.dispose();
  }
}
