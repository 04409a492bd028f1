/** Between frames in the program's memory and pictures `[1, 3, H, W]` on an engine's device. */
import type { Frame } from "../frame.ts";
import type { DeviceTensor, Engine } from "./engine.ts";
import type { Scope } from "./scope.ts";

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

/** Frames that stay on the device from one use to the next, and the pictures they are there. */
export class KeptFrames {
  readonly #engine: Engine;
  readonly #pictures = new Map<Frame, DeviceTensor>();
  readonly #scope: Scope;

  constructor(engine: Engine, scope: Scope) {
    this.#engine = engine;
    this.#scope = scope;
  }

  /** `frame` on the device. */
  async get(frame: Frame): Promise<DeviceTensor> {
    const known = this.#pictures.get(frame);
    const picture = known ?? (await uploadFrame(this.#engine, this.#scope, frame));
    this.#pictures.set(frame, picture);
    return picture;
  }

  /** Keep `picture`, which belongs to `scope`, as what `frame` is on the device. */
  put(frame: Frame, picture: DeviceTensor, scope: Scope): void {
    if (scope.release(picture)) this.#scope.own(picture);
    this.#pictures.set(frame, picture);
  }

  /** Dispose all others. */
  keepOnly(frames: readonly (Frame | undefined)[]): void {
    for (const [frame, picture] of this.#pictures) {
      if (frames.includes(frame)) continue;
      this.#pictures.delete(frame);
      this.#scope.drop(picture);
    }
  }
}
