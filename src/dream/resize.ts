import { GraphBuilder } from "../graph/builder.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { DeviceSession, Engine } from "../runtime/engine.ts";
import { PictureGraphs } from "../runtime/picture-graphs.ts";
import { sizeOf } from "../runtime/pictures.ts";
import type { Scope } from "../runtime/scope.ts";
import type { UpdateRule } from "./settings.ts";

/** The picture of an octave before and after its steps. */
export interface DreamedOctave {
  readonly start: DeviceTensor;
  readonly dreamed: DeviceTensor;
}

/** Resizes pictures on the engine, bicubic, with antialiasing for reductions. */
export class Resizer {
  readonly #graphs: PictureGraphs;

  constructor(engine: Engine) {
    this.#graphs = new PictureGraphs(engine);
  }

  /** Resize `picture` `[1, 3, H, W]` to `height` × `width` px. Bicubic interpolation may overshoot 0..1 slightly. */
  async resize(
    scope: Scope,
    picture: DeviceTensor,
    height: number,
    width: number,
  ): Promise<DeviceTensor> {
    const from = sizeOf(picture);
    if (from.height === height && from.width === width) return picture;
    const session = await this.#session("resize", from, { height, width }, (b) =>
      addResize(b, b.input("x", [1, 3, from.height, from.width]), height, width),
    );
    return (await session.run(scope, { x: picture })).y!;
  }

  /**
   * The start of the next octave, where `base` is the original picture at its size: plus the change that the smaller octave
   * made (`detail`), or mixed with the whole smaller octave (`picture`).
   */
  async carry(
    scope: Scope,
    base: DeviceTensor,
    { start, dreamed }: DreamedOctave,
    { carry, carryBlend }: Pick<UpdateRule, "carry" | "carryBlend">,
  ): Promise<DeviceTensor> {
    const [from, to] = [sizeOf(dreamed), sizeOf(base)];
    const detail = carry === "detail";
    const session = await this.#session(`${carry} ${carryBlend}`, from, to, (b) => {
      const own = b.input("base", [1, 3, to.height, to.width]);
      const small = b.input("dreamed", [1, 3, from.height, from.width]);
      const before = detail && b.input("start", [1, 3, from.height, from.width]);
      const moved = before ? b.op("Sub", [small, before]) : small;
      const enlarged = addResize(b, moved, to.height, to.width);
      if (detail) return b.op("Add", [own, enlarged]);
      const back = b.op("Mul", [b.op("Sub", [own, enlarged]), b.scalar(carryBlend)]);
      return b.op("Add", [enlarged, back]);
    });
    return (await session.run(scope, { base, dreamed, ...(detail && { start }) })).y!;
  }

  async dispose(): Promise<void> {
    await this.#graphs.dispose();
  }

  #session(
    kind: string,
    from: Size,
    to: Size,
    make: (b: GraphBuilder) => string,
  ): Promise<Pick<DeviceSession, "run">> {
    const size = {
      height: Math.max(from.height, to.height),
      width: Math.max(from.width, to.width),
    };
    const key = `${kind} ${from.height}x${from.width}>${to.height}x${to.width}`;
    return this.#graphs.get(size, key, () => {
      const b = new GraphBuilder();
      b.opNamed("Identity", [make(b)], {}, "y").output("y", [1, 3, to.height, to.width]);
      return b.build();
    });
  }
}

interface Size {
  readonly height: number;
  readonly width: number;
}

function addResize(b: GraphBuilder, x: string, height: number, width: number): string {
  // For enlargements, antialiasing has no effect but selects the runtime's separable code, which is 50 times faster.
  return b.op("Resize", [x, "", "", b.ints(1, 3, height, width)], {
    mode: "cubic",
    antialias: 1,
    cubic_coeff_a: -0.5,
  });
}
