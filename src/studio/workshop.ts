/** What a process that dreams keeps from one picture to the next: engines, networks, compiled graphs, layouts of scenes. */
import { FileMemory } from "../disk/file-memory.ts";
import { hashFile } from "../disk/hash-file.ts";
import type { Dreamer } from "../dream/dreamer.ts";
import type { Cuts } from "../pipeline/cache/known-cuts.ts";
import type { StepTools } from "../pipeline/frames/frame-step.ts";
import { KeptTools } from "../pipeline/frames/kept-tools.ts";
import type { RenderPlan } from "../pipeline/plan/plan.ts";
import { type PreparedRender, prepareRender } from "../pipeline/plan/prepare.ts";
import { SoundMemory } from "../pipeline/plan/sound-memory.ts";
import type { Engine } from "../runtime/engine.ts";
import { parseScene } from "../scene/parse.ts";
import type { Scene } from "../scene/scene.ts";
import type { SceneNow } from "./calls.ts";
import { parseText } from "./edit/yaml-text.ts";
import { LookFrames } from "./look-frames.ts";

/** Most layouts that are kept. */
const maxLayouts = 6;

/** A scene at its full size, opened and planned. */
export interface Layout {
  readonly scene: Scene;
  readonly prepared: PreparedRender;
  readonly notices: readonly string[];
  /** The data of its text. */
  readonly plain: unknown;
}

export class Workshop {
  readonly lookFrames: LookFrames = new LookFrames();
  /** Cuts of clips, as far as they are known: see `find-cuts.ts`. */
  readonly cuts: Map<string, Cuts> = new Map();
  readonly #kept: KeptTools = new KeptTools({
    release: (unused) => void this.inTurn(async () => (await unused).dispose()).catch(() => {}),
  });
  readonly #layouts = new Map<string, Promise<Layout>>();
  readonly #hashes = new FileMemory<string>();
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
    // Only what is compiled through the view goes with the scene.
    const kept = await this.#kept.forRender(scene.engine);
    return prepareRender(scene, { ...options, ...kept, sounds: this.#sounds });
  }

  /** The tools that make frames, besides the network. */
  tools(scene: Scene, plan: RenderPlan): Promise<Omit<StepTools, "dreamer">> {
    return this.#kept.tools(scene.engine, plan);
  }

  engine(scene: Scene): Promise<Engine> {
    return this.#kept.engine(scene.engine);
  }

  /** The network of a scene, ready to dream. */
  dreamer(scene: Scene): Promise<Dreamer> {
    return this.#kept.dreamer(scene.engine, scene);
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
  readonly hash = (file: string): Promise<string> =>
    this.#hashes.of(file, "", () => hashFile(file));

  /** Files have changed: layouts are made anew. */
  forget(): void {
    this.#layouts.clear();
    this.#sounds.clear();
    this.lookFrames.clear();
    this.cuts.clear();
  }

  async close(): Promise<void> {
    await this.#turn.catch(() => {});
    await this.#kept.dispose();
  }

  async #layOut(file: string, text: string): Promise<Layout> {
    const scene = parseScene(text, { path: file });
    const notices: string[] = [];
    const prepared = await this.prepare(scene, { onNotice: (notice) => notices.push(notice) });
    // Nothing has been compiled through it: the plan stays usable.
    await prepared.dispose();
    return { scene, prepared, notices, plain: parseText(text).toJS() as unknown };
  }
}
