/** Requests for scenes and files. */

import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Hono } from "hono";
import { z } from "zod";
import { outputPath } from "../output.ts";
import { packageFolder } from "../package.ts";
import { outputOf } from "../pipeline/plan/output-name.ts";
import { findRecipe } from "../pipeline/recipe/stored-recipe.ts";
import { Refused } from "./answer.ts";
import type { MediaEntry, Saved, SceneText } from "./api.ts";
import { bodyOf, queryOf } from "./body.ts";
import type { StudioContext } from "./context.ts";
import { jpegAnswer } from "./jpeg-answer.ts";
import { copyScene, deleteScene, renameScene, restoreScene } from "./manage-scenes.ts";
import { serveMedia } from "./page.ts";
import { rangeOutput } from "./range-output.ts";
import { SceneList } from "./scene-list.ts";
import { templateText } from "./templates.ts";
import { receiveFile } from "./uploads.ts";

/** The schema that the package ships: generating it anew takes a quarter of a second. */
const schemaFile = new URL("schema/scene.schema.json", packageFolder);
const json = { "Content-Type": "application/json" };

const saving = z.object({ text: z.string(), base: z.string() });
const newScene = z.object({
  template: z.enum(["zoom", "clip", "layers"]),
  name: z.string().max(1000),
  media: z.string().max(1000).optional(),
});

const ofScene = z.object({ path: z.string().max(1000) });
const renaming = ofScene.extend({ name: z.string().trim().min(1).max(200) });
const restoring = ofScene.extend({ trash: z.string().max(1000) });

export function fileRoutes(context: StudioContext): Hono {
  const { folder, thumbnails, renders, farm, dreams, maxUploadBytes } = context;
  const list = new SceneList(folder, thumbnails, dreams.media);
  const app = new Hono();
  app.get("/scenes", async (c) => c.json(await list.read()));
  app.get("/files", async (c) => {
    const files = await folder.media();
    return c.json(await Promise.all(files.map((entry) => withFacts(context, entry))));
  });
  app.get("/media-picture", async (c) => {
    const file = await folder.confines.existing(queryOf(c, "path"));
    return jpegAnswer(await dreams.mediaPicture(file), true);
  });
  app.get("/scene", async (c) => {
    // Not earlier: until here, the browser needs the processor for the page.
    dreams.warmUp();
    return c.json(await folder.read(queryOf(c, "path")));
  });
  app.get("/schema", async (c) => c.body(await readFile(schemaFile), 200, json));

  app.put("/scene", async (c) => {
    const path = queryOf(c, "path");
    const { text, base } = await bodyOf(c, saving);
    const { saved, version, text: there } = await folder.save(path, text, base);
    if (!saved) return c.json({ path, text: there, version } satisfies SceneText, 409);
    renders.sceneChanged(path, await folder.confines.writable(path), text);
    farm?.sceneChanged(path, text);
    return c.json({ version } satisfies Saved);
  });

  app.post("/scenes", async (c) => {
    const request = await bodyOf(c, newScene);
    if (request.media !== undefined) await folder.confines.existing(request.media);
    const path = await folder.create(request.name, (stem) => templateText(request as never, stem));
    return c.json({ path }, 201);
  });

  app.post("/scenes/rename", async (c) => {
    const { path, name } = await bodyOf(c, renaming);
    renders.refuseRunning(path);
    const renamed = await renameScene(folder, path, name);
    renders.renamed(path, renamed.path);
    farm?.renamed(path, renamed.path);
    await thumbnails.move(path, renamed.path);
    return c.json(renamed);
  });
  app.post("/scenes/copy", async (c) => {
    const { path } = await bodyOf(c, ofScene);
    return c.json(await copyScene(folder, path), 201);
  });
  app.post("/scenes/delete", async (c) => {
    const { path } = await bodyOf(c, ofScene);
    renders.refuseRunning(path);
    return c.json(await deleteScene(folder, path));
  });
  app.post("/scenes/restore", async (c) =>
    c.json(await restoreScene(folder, await bodyOf(c, restoring)), 201),
  );

  app.post("/files", async (c) => {
    const file = await receiveFile(folder, queryOf(c, "name"), c.req.raw, maxUploadBytes);
    return c.json({ path: file }, 201);
  });

  app.get("/media", async (c) => serveMedia(c, await folder.confines.existing(queryOf(c, "path"))));

  app.get("/output", async (c) => {
    const { file } = await outputFile(queryOf(c, "path"), c.req.query("frames"));
    const download = c.req.query("download") === undefined ? {} : { download: basename(file) };
    return serveMedia(c, file, download);
  });

  app.get("/recipe", async (c) => {
    const { recipe } = await outputFile(queryOf(c, "path"));
    return c.json(recipe);
  });

  app.get("/result", async (c) => {
    const path = queryOf(c, "path");
    const frames = c.req.query("frames");
    const { file, recipe, bytes, modified } = await outputFile(path, frames);
    const query = new URLSearchParams({ path, v: String(Math.round(modified)) });
    if (frames !== undefined) query.set("frames", frames);
    return c.json({
      url: `/api/output?${query}`,
      name: basename(file),
      bytes,
      modified,
      recipe,
      file,
      command: `dreamreel reproduce ${JSON.stringify(file)}`,
    });
  });

  /** The finished output of a scene, or of a part such as `12-35`. Only what dreamreel made is given out, wherever the scene has it written. */
  async function outputFile(path: string, frames?: string) {
    const { text } = await folder.read(path);
    const whole = outputPath(outputOf(await folder.parse(path, text)));
    const part = /^(\d+)-(\d+)$/.exec(frames ?? "");
    const file = part ? rangeOutput(whole, [Number(part[1]), Number(part[2])]) : whole;
    const found = await stat(file).catch(() => undefined);
    const recipe = found?.isFile() ? await findRecipe(file) : undefined;
    if (!found || !recipe) throw new Refused(404, "NOT_FOUND", "this scene has no output yet");
    return { file, recipe, bytes: found.size, modified: found.mtimeMs };
  }
  return app;
}

/** A file of the folder with what is known of it. */
async function withFacts(
  { folder, dreams }: StudioContext,
  entry: MediaEntry,
): Promise<MediaEntry> {
  const { path, kind, modified } = entry;
  const file = join(folder.confines.folder, path);
  const timed = kind === "video" || kind === "sound" ? await dreams.media.of(file) : undefined;
  const query = new URLSearchParams({ path, v: String(Math.round(modified)) });
  return {
    ...entry,
    ...(timed?.durationSec === undefined ? {} : { durationSec: timed.durationSec }),
    ...(kind === "video" || kind === "image" ? { picture: `/api/media-picture?${query}` } : {}),
  };
}
