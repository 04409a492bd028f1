/** What is done while no page waits for a picture: tiles of the layer browser, cuts of clips, thumbnails of scenes. */
import type { TilesState } from "./api-events.ts";
import type { CutsSummary } from "./api-scene.ts";
import type { AtlasCall, AtlasResult, SceneNow } from "./calls.ts";
import type { DreamProcess } from "./dream-process.ts";
import type { EventHub } from "./events.ts";
import { TileQueue } from "./tile-queue.ts";

export class Background {
  readonly #hub: EventHub;
  /** Dreams. */
  readonly #live: DreamProcess;
  /** Never dreams. */
  readonly #quick: DreamProcess;
  readonly #tiles = new TileQueue(() => this.#tilesChanged());
  /** By the path of the scene. */
  readonly #searches = new TileQueue();
  readonly #thumbnails = new TileQueue();
  /** The newest text of each scene whose clips are looked through. */
  readonly #searched = new Map<string, string>();

  constructor(hub: EventHub, live: DreamProcess, quick: DreamProcess) {
    this.#hub = hub;
    this.#live = live;
    this.#quick = quick;
  }

  /** Nothing goes on until `holder` releases it; while the movement is made, tiles do. */
  hold(holder: string, kind: "dream" | "motion"): void {
    if (kind === "dream") this.#tiles.hold(holder);
    this.#searches.hold(holder);
    this.#thumbnails.hold(holder);
  }

  release(holder: string): void {
    for (const queue of [this.#tiles, this.#searches, this.#thumbnails]) queue.release(holder);
  }

  /** The picture of a layer or channel of the scene at `path`. */
  tile(path: string, call: AtlasCall): Promise<AtlasResult> {
    const key = JSON.stringify([path, call.layer, call.channel]);
    return this.#tiles.add(key, (signal) => this.#live.call("atlas", call, { signal }));
  }

  /** What the layer browser's pictures are doing. */
  get tiles(): TilesState {
    const { running, isHeld } = this.#tiles.state;
    if (running === undefined) return { isHeld };
    const [, layer, channel] = JSON.parse(running);
    return { isHeld, dreaming: channel === null ? layer : `${layer}:${channel}` };
  }

  /** Last of all. */
  thumbnail<T>(path: string, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#thumbnails.add(path, run);
  }

  /** Look through a scene's clips, and tell the pages of cuts. What is found of an older text is not told. */
  async findCuts(path: string, now: SceneNow): Promise<void> {
    this.#searched.set(path, now.text);
    const tell = (cuts: CutsSummary): void => {
      if (this.#searched.get(path) !== now.text) return;
      this.#hub.send({ type: "cuts", path, text: now.text, cuts });
    };
    await this.#searches
      .add(path, (signal) => this.#quick.call("cuts", now, { signal, onReport: tell }))
      // The check tells what is wrong with a scene.
      .then(tell, () => {});
  }

  #tilesChanged(): void {
    if (this.#tiles.state.isBusy) this.#thumbnails.hold("tiles");
    else this.#thumbnails.release("tiles");
    this.#hub.send({ type: "tiles", ...this.tiles });
  }
}
