/** Networks with published architectures and seeded weights, which are as fast as the real ones. */
import { createRandom } from "../src/dream/random.ts";
import { GraphBuilder } from "../src/graph/builder.ts";
import { floatTensor } from "../src/graph/graph.ts";
import { simplify } from "../src/graph/onnx/simplify.ts";
import type { Layer, Network } from "../src/network.ts";

/** Appends layers with He-initialised weights. */
class Stack {
  readonly b = new GraphBuilder();
  readonly layers: Layer[] = [];
  readonly #random = createRandom(1);
  #stride = 1;
  value: string;
  channels = 3;

  constructor() {
    this.value = this.b.input("frame", [1, 3, "height", "width"]);
  }

  conv(from: string, fromChannels: number, channels: number, kernel: number, stride = 1): string {
    const count = channels * fromChannels * kernel * kernel;
    const scale = Math.sqrt(6 / (fromChannels * kernel * kernel));
    const weights = Float32Array.from({ length: count }, () => (2 * this.#random() - 1) * scale);
    const pads = new Array<number>(4).fill(Math.floor(kernel / 2));
    const filter = this.b.constant(floatTensor([channels, fromChannels, kernel, kernel], weights));
    const bias = this.b.constant(floatTensor([channels], new Float32Array(channels).fill(0.01)));
    const attributes = { kernel_shape: [kernel, kernel], pads, strides: [stride, stride] };
    return this.b.op("Relu", [this.b.op("Conv", [from, filter, bias], attributes)]);
  }

  pool(from: string, kernel: number, stride: number): string {
    const pads = kernel % 2 ? new Array<number>(4).fill(Math.floor(kernel / 2)) : [0, 0, 0, 0];
    return this.b.op("MaxPool", [from], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads,
    });
  }

  /** Name `value`, and continue from it. */
  name(name: string, value: string, channels: number, stride = 1): void {
    this.#stride *= stride;
    this.b.opNamed("Identity", [value], {}, name);
    this.value = name;
    this.channels = channels;
    this.layers.push({ name, op: "Relu", channels, stride: this.#stride });
  }

  network(name: string): Network {
    this.b.output(this.value, []);
    // Remove the Identity nodes that name layers, as on opening a network.
    const { graph, aliases } = simplify(this.b.build());
    return {
      name,
      graph,
      input: "frame",
      layers: this.layers,
      aliases,
      labels: [],
      nativeSize: 224,
    } as never;
  }
}

/** Simonyan and Zisserman 2014, configuration D, without its classifier. */
export function vgg16(): Network {
  const s = new Stack();
  [
    [64, 2],
    [128, 2],
    [256, 3],
    [512, 3],
    [512, 3],
  ].forEach(([channels, count], block) => {
    for (let i = 1; i <= count!; i++) {
      const pooled = block > 0 && i === 1;
      const from = pooled ? s.pool(s.value, 2, 2) : s.value;
      s.name(
        `relu${block + 1}_${i}`,
        s.conv(from, s.channels, channels!, 3),
        channels!,
        pooled ? 2 : 1,
      );
    }
  });
  return s.network("vgg16-shaped");
}

/** Channels of 1×1; 3×3 reduce, 3×3; 5×5 reduce, 5×5; pool. */
const inceptions: Readonly<Record<string, readonly number[]>> = {
  "3a": [64, 96, 128, 16, 32, 32],
  "3b": [128, 128, 192, 32, 96, 64],
  "4a": [192, 96, 208, 16, 48, 64],
  "4b": [160, 112, 224, 24, 64, 64],
  "4c": [128, 128, 256, 24, 64, 64],
};

/** Szegedy et al. 2014 up to inception 4c, the default layer of google/deepdream. */
export function googlenet(): Network {
  const s = new Stack();
  s.name("conv1", s.conv(s.value, 3, 64, 7, 2), 64, 2);
  const reduced = s.conv(s.pool(s.value, 3, 2), 64, 64, 1);
  s.name("conv2", s.conv(reduced, 64, 192, 3), 192, 2);
  for (const [name, [one, reduce3, three, reduce5, five, pool]] of Object.entries(inceptions)) {
    const pooled = name.endsWith("a");
    const from = pooled ? s.pool(s.value, 3, 2) : s.value;
    const c = s.channels;
    const parts = [
      s.conv(from, c, one!, 1),
      s.conv(s.conv(from, c, reduce3!, 1), reduce3!, three!, 3),
      s.conv(s.conv(from, c, reduce5!, 1), reduce5!, five!, 5),
      s.conv(s.pool(from, 3, 1), c, pool!, 1),
    ];
    const joined = s.b.op("Concat", parts, { axis: 1 });
    s.name(`inception_${name}`, joined, one! + three! + five! + pool!, pooled ? 2 : 1);
  }
  return s.network("googlenet-shaped");
}
