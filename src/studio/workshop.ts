/** What a process that dreams keeps from one picture to the next: engines, networks, compiled graphs, layouts of scenes. */
import { stat } from "node:fs/promises";
import { hashFile } from "../disk/hash-file.ts";
import { Dreamer } from "../dream/dreamer.ts";
import type { Cuts } from "../pipeline/cache/known-cuts.ts";
import type { StepTools } from "../pipeline/frames/frame-step.ts";
import { stepTools } from "../pipeline/frames/step-tools.ts";
import { NetworkOpener } from "../pipeline/plan/open-networks.ts";
import type { RenderPlan } from "../pipeline/plan/plan.ts";
import { type PreparedRender, prepareRender } from "../pipeline/plan/prepare.ts";
import { SoundMemory } from "../pipeline/plan/sound-memory.ts";
import type { Engine } from "../runtime/engine.ts";
import { selectEngine } from "../runtime/select/select-engine.ts";
import { shareEngine } from "../runtime/select/shared-engine.ts";
import { parseScene } from "../scene/parse.ts";
import { modelsOf, type Scene } from "../scene/scene.ts";
import { toNumber } from "../video/rational.ts";
import type { SceneNow } from "./calls.ts";
import { parseText } from "./edit/yaml-text.ts";
import { LookFrames } from "./look-frames.ts";

/** Most layouts and networks that are kept. */
const [maxLayouts, maxNetworks] = [6, 3];

/** A scene at its full size, opened and planned. */
export interface Layout {
  readonly scene: Scene;
  readonly prepared: PreparedRender;
  readonly notices: readonly string[];
  /** The data of its text. */
  readonly plain: unknown;
}

interface Kit {
  readonly engine: Engine;
  readonly tools: Omit<StepTools, "dreamer">;
  readonly dreamers: Map<string, { readonly stamp: string; readonly dreamer: Promise<Dreamer> }>;
}

export class Workshop {
  readonly lookFrames: LookFrames = new LookFrames();
  /** Cuts of clips, as far as they are known: see `find-cuts.ts`. */
  readonly cuts: Map<string, Cuts> = new Map();
  readonly #kits = new Map<string, Promise<Kit>>();
  readonly #layouts = new Map<string, Promise<Layout>>();
  readonly #hashes = new Map<string, { readonly stamp: string; readonly sha256: string }>();
  readonly #sounds = new SoundMemory();
  #turn: Promise<unknown> = Promise.resolve();

  /** Pictures are dreamed one after the other: they share what is compiled. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  /** Prepare a scene with what is kept. The caller disposes it. */
  async prepare(
    scene: Scene,
    options: { readonly signal?: AbortSignal; readonly onNotice?: (message: string) => void } = {},
  ): Promise<PreparedRender> {
    const kit = await this.#kitOf(scene);
    return prepareRender(scene, {
      ...options,
      sounds: this.#sounds,
      // Only what is compiled through the view goes with the scene.
      engine: shareEngine(kit.engine),
      dreamerOf: ({ model }) => this.#dreamerOf(kit, model),
    });
  }

  /** The tools that make frames, besides the network. */
  async tools(scene: Scene, { fps }: RenderPlan): Promise<Omit<StepTools, "dreamer">> {
    return { ...(await this.#kitOf(scene)).tools, fps: toNumber(fps) };
  }

  async engine(scene: Scene): Promise<Engine> {
    return (await this.#kitOf(scene)).engine;
  }

  /** The network of a scene, ready to dream. */
  async dreamer(scene: Scene): Promise<Dreamer> {
    return this.#dreamerOf(await this.#kitOf(scene), scene.model);
  }

  /** The layout of a scene's text, kept until a file changes. Throws what `parseScene` and `prepareRender` throw. */
  layout({ file, text }: Pick<SceneNow, "file" | "text">): Promise<Layout> {
    const key = `${file}\n${text}`;
    const known = this.#layouts.get(key);
    this.#layouts.delete(key);
    const layout = known ?? this.#layOut(file, text);
    this.#layouts.set(key, layout);
    layout.catch(() => this.#layouts.delete(key));
    for (const old of this.#layouts.keys()) {
      if (this.#layouts.size <= maxLayouts) break;
      this.#layouts.delete(old);
    }
    return layout;
  }

  /** sha256 of a file, computed again only when the file has changed. */
  readonly hash = async (file: string): Promise<string> => {
    const stamp = await stampOf(file);
    const known = this.#hashes.get(file);
    if (known?.stamp === stamp) return known.sha256;
    const sha256 = await hashFile(file);
    this.#hashes.set(file, { stamp, sha256 });
    return sha256;
  };

  /** Files have changed: layouts are made anew. */
  forget(): void {
    this.#layouts.clear();
    this.#sounds.clear();
    this.lookFrames.clear();
    this.cuts.clear();
  }

  async close(): Promise<void> {
    await this.#turn.catch(() => {});
    for (const made of this.#kits.values()) {
      const kit = await made.catch(() => undefined);
      for (const { dreamer } of kit?.dreamers.values() ?? [])
        await (await dreamer.catch(() => undefined))?.dispose();
      await kit?.engine.dispose();
    }
  }

  async #layOut(file: string, text: string): Promise<Layout> {
    const scene = parseScene(text, { path: file });
    const notices: string[] = [];
    const prepared = await this.prepare(scene, { onNotice: (notice) => notices.push(notice) });
    // Nothing has been compiled through it: the plan stays usable.
    await prepared.dispose();
    return { scene, prepared, notices, plain: parseText(text).toJS() as unknown };
  }

  #kitOf({ engine: wanted }: Scene): Promise<Kit> {
    const known = this.#kits.get(wanted);
    if (known) return known;
    const kit = selectEngine(wanted).then((engine): Kit => {
      const plan = { fps: { num: 24, den: 1 } } as RenderPlan;
      return { engine, tools: stepTools(engine, plan, {}), dreamers: new Map() };
    });
    this.#kits.set(wanted, kit);
    kit.catch(() => this.#kits.delete(wanted));
    return kit;
  }

  async #dreamerOf({ engine, dreamers }: Kit, model: Scene["model"]): Promise<Dreamer> {
    const key = JSON.stringify(model);
    const files = modelsOf({ model }).flatMap((own) => ("file" in own ? [own.file] : []));
    const stamp = (await Promise.all(files.map(stampOf))).join();
    const known = dreamers.get(key);
    if (known?.stamp === stamp) return known.dreamer;
    const dreamer = new NetworkOpener({})
      .of({ model })
      .then((network) => new Dreamer(network, engine));
    dreamers.delete(key);
    dreamers.set(key, { stamp, dreamer });
    dreamer.catch(() => dreamers.delete(key));
    for (const [old, { dreamer: unused }] of dreamers) {
      if (dreamers.size <= maxNetworks) break;
      dreamers.delete(old);
      void this.inTurn(async () => (await unused).dispose()).catch(() => {});
    }
    return dreamer;
  }
}

async function stampOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  return found ? `${found.size} ${found.mtimeMs}` : "";
}
