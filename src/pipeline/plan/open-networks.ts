import { combineNetworks } from "../../models/combine.ts";
import { type ModelSpec, type OpenOptions, openNetwork } from "../../models/open.ts";
import type { Network } from "../../network.ts";
import type { Scene } from "../../scene/scene.ts";

/** Opens the networks of shots, each file once. */
export class NetworkOpener {
  readonly #options: OpenOptions;
  readonly #known = new Map<string, Promise<Network>>();

  constructor(options: OpenOptions) {
    this.#options = options;
  }

  /** The network of a shot; of several, what they are together. Throws the errors of `openNetwork`. */
  of({ model }: Pick<Scene, "model">): Promise<Network> {
    if (!("networks" in model)) return this.#open(model);
    return this.#once(model, async () => {
      const named = Object.entries(model.networks).map(
        async ([name, own]) => [name, await this.#open(own)] as const,
      );
      return combineNetworks(new Map(await Promise.all(named)));
    });
  }

  #open(model: ModelSpec): Promise<Network> {
    return this.#once(model, () => openNetwork(model, this.#options));
  }

  #once(spec: Scene["model"], open: () => Promise<Network>): Promise<Network> {
    const key = JSON.stringify(spec);
    const network = this.#known.get(key) ?? open();
    this.#known.set(key, network);
    return network;
  }
}
