/** Engines, networks and the tools of frames, with their compiled graphs: kept from one render to the next of a process. */
import { stat } from "node:fs/promises";
import type { EngineChoice } from "../../choices.ts";
import { Dreamer } from "../../dream/dreamer.ts";
import type { CpuOptions, Engine } from "../../runtime/engine.ts";
import { selectEngine } from "../../runtime/select/select-engine.ts";
import { shareEngine } from "../../runtime/select/shared-engine.ts";
import { modelsOf, type Scene } from "../../scene/scene.ts";
import { NetworkOpener } from "../plan/open-networks.ts";
import type { RenderPlan } from "../plan/plan.ts";
import type { PlanOptions } from "../plan/plan-shot.ts";
import type { PrepareOptions } from "../plan/prepare.ts";
import type { StepTools } from "./frame-step.ts";
import { type FrameTools, frameTools, toolsFor } from "./step-tools.ts";

/** Most networks that are kept on one engine. */
const maxNetworks = 3;

export interface KeptToolsOptions extends CpuOptions {
  /** Dispose a network that has given way to newer ones; it may still be in use. Default: at once. */
  readonly release?: (dreamer: Promise<Dreamer>) => void;
}

interface Kept {
  readonly engine: Engine;
  readonly tools: FrameTools;
  /** By model, the oldest first; a network is opened anew when its file has changed. */
  readonly dreamers: Map<string, { readonly stamp: string; readonly dreamer: Promise<Dreamer> }>;
}

export class KeptTools {
  readonly #options: KeptToolsOptions;
  readonly #kept = new Map<EngineChoice, Promise<Kept>>();

  constructor(options: KeptToolsOptions = {}) {
    this.#options = options;
  }

  /** Throws what `selectEngine` throws. */
  async engine(wanted: EngineChoice): Promise<Engine> {
    return (await this.#keptOf(wanted)).engine;
  }

  /** What makes the frames of a render, besides its network. Throws what `selectEngine` throws. */
  async tools(
    wanted: EngineChoice,
    plan: RenderPlan,
    options: PlanOptions = {},
  ): Promise<Omit<StepTools, "dreamer">> {
    return toolsFor((await this.#keptOf(wanted)).tools, plan, options);
  }

  /** The network of a shot, ready to dream, with the graphs compiled for renders before. Throws what `openNetwork` throws. */
  async dreamer(
    wanted: EngineChoice,
    { model }: Pick<Scene, "model">,
    onNotice?: (message: string) => void,
  ): Promise<Dreamer> {
    const { engine, dreamers } = await this.#keptOf(wanted);
    const key = JSON.stringify(model);
    const files = modelsOf({ model }).flatMap((own) => ("file" in own ? [own.file] : []));
    const stamp = (await Promise.all(files.map(stampOf))).join();
    const known = dreamers.get(key);
    if (known?.stamp === stamp) return known.dreamer;
    const dreamer = new NetworkOpener(onNotice ? { onNotice } : {})
      .of({ model })
      .then((network) => new Dreamer(network, engine));
    dreamers.delete(key);
    dreamers.set(key, { stamp, dreamer });
    dreamer.catch(() => dreamers.delete(key));
    const { release = disposeOf } = this.#options;
    if (known) release(known.dreamer);
    for (const [old, { dreamer: unused }] of dreamers) {
      if (dreamers.size <= maxNetworks) break;
      dreamers.delete(old);
      release(unused);
    }
    return dreamer;
  }

  /** What a render needs to use them. The render disposes only what it compiles besides. */
  async forRender(
    wanted: EngineChoice,
    onNotice?: (message: string) => void,
  ): Promise<
    Required<Pick<PrepareOptions, "engine" | "dreamerOf">> & { readonly tools: FrameTools }
  > {
    const { engine, tools } = await this.#keptOf(wanted);
    return {
      engine: shareEngine(engine),
      dreamerOf: (shot) => this.dreamer(wanted, shot, onNotice),
      tools,
    };
  }

  /** End all; what is used next is opened anew. */
  async dispose(): Promise<void> {
    const all = [...this.#kept.values()];
    this.#kept.clear();
    for (const made of all) {
      const kept = await made.catch(() => undefined);
      for (const { dreamer } of kept?.dreamers.values() ?? []) await disposeOf(dreamer);
      await kept?.engine.dispose();
    }
  }

  #keptOf(wanted: EngineChoice): Promise<Kept> {
    const known = this.#kept.get(wanted);
    if (known) return known;
    const kept = selectEngine(wanted, this.#options).then(
      (engine): Kept => ({ engine, tools: frameTools(engine), dreamers: new Map() }),
    );
    this.#kept.set(wanted, kept);
    kept.catch(() => this.#kept.delete(wanted));
    return kept;
  }
}

/** A network that failed to open has nothing to dispose. */
async function disposeOf(dreamer: Promise<Dreamer>): Promise<void> {
  await (await dreamer.catch(() => undefined))?.dispose();
}

async function stampOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  return found ? `${found.size} ${found.mtimeMs}` : "";
}
