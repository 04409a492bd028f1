import type { Frame } from "../frame.ts";
import { cutAt } from "../graph/cut.ts";
import type { FloatTensor } from "../graph/graph.ts";
import { onForeignGraph } from "../graph/onnx/check-graph.ts";
import type { Network } from "../network.ts";
import type { Engine } from "../runtime/engine.ts";
import { engineFor } from "../runtime/ort/network-engine.ts";
import { uploadFrame } from "../runtime/pictures.ts";
import { scoped } from "../runtime/scope.ts";
import { type ChannelChoice, channelEnergies, chooseChannels } from "./channel-choice.ts";
import { fitToSize } from "./fit-size.ts";
import type { Resizer } from "./resize.ts";
import type { Finder } from "./target-finder.ts";

/** Maximum long side of the pictures that are measured, px. */
const largestSide = 512;

/** Selects channels by their activation in a picture. Each layer is measured once per call. */
export class ChannelChooser {
  readonly #network: Network;
  readonly #engine: Engine;
  readonly #resizer: Resizer;

  constructor(network: Network, engine: Engine, resizer: Resizer) {
    this.#network = network;
    this.#engine = engine;
    this.#resizer = resizer;
  }

  /**
   * The channels of each of `choices` in `picture`, in ascending order. `seed` selects the random ones. Throws
   * `SHAPE_MISMATCH` for a picture that the network cannot take.
   */
  async choose(
    choices: readonly ChannelChoice[],
    picture: Frame,
    seed: number,
  ): Promise<number[][]> {
    const measured = choices.filter(({ order }) => order !== "random").map(({ value }) => value);
    const values = [...new Set(measured)];
    const activations = values.length > 0 ? await this.#activations(picture, values) : {};
    return choices.map((choice) => {
      const data = activations[choice.value]?.data ?? new Float32Array();
      return chooseChannels(choice, channelEnergies(data, choice.channels), seed);
    });
  }

  /**
   * The layers of `names` that choose channels by a picture, each with the channels that it chooses in `picture`, such
   * as `motifs3:strongest-2` with `motifs3:3,17`. Throws `SCENE_UNKNOWN_LAYER` for an invalid choice.
   */
  async nameChoices(
    names: readonly string[],
    finder: Finder,
    picture: Frame,
    seed: number,
  ): Promise<Map<string, string>> {
    const chosen = names.flatMap((name) => {
      const choice = finder.choice(name);
      return choice ? [{ name, choice }] : [];
    });
    if (chosen.length === 0) return new Map();
    const choices = chosen.map(({ choice }) => choice);
    const channels = await this.choose(choices, picture, seed);
    const taken = new Set(names);
    return new Map(
      chosen.map(({ name, choice: { layer } }, i) => {
        let list = channels[i]!.join(",");
        // Two names may select the same channels; leading zeros keep the names and their weights distinct.
        while (taken.has(`${layer}:${list}`)) list = `0${list}`;
        const plain = `${layer}:${list}`;
        taken.add(plain);
        return [name, plain];
      }),
    );
  }

  async #activations(
    frame: Frame,
    values: readonly string[],
  ): Promise<Readonly<Record<string, FloatTensor>>> {
    const { graph, input, nativeSize, name } = this.#network;
    const factor = Math.min(1, largestSide / Math.max(frame.height, frame.width));
    const [height, width] = [frame.height, frame.width].map((side) =>
      Math.max(1, Math.round(side * factor)),
    ) as [number, number];
    const fitted = onForeignGraph(
      () => fitToSize(cutAt(graph, values), input, height, width, nativeSize).graph,
    );
    const session = await engineFor(name, this.#engine).load(fitted);
    try {
      return await scoped(async (scope) => {
        const full = await uploadFrame(this.#engine, scope, frame);
        const picture = await this.#resizer.resize(scope, full, height, width);
        return (await session.run({ [input]: picture })) as Record<string, FloatTensor>;
      });
    } finally {
      await session.dispose();
    }
  }
}
