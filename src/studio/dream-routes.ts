/** Requests for pictures, checks and renders. */
import { Hono } from "hono";
import { z } from "zod";
import { Refused } from "./answer.ts";
import type { Tiles } from "./api-events.ts";
import { bodyOf, numberOf, queryOf } from "./body.ts";
import type { StudioContext } from "./context.ts";
import type { FarmRenders } from "./farm-renders.ts";
import { addToFarm } from "./farm-routes.ts";
import { jpegAnswer } from "./jpeg-answer.ts";
import { serveMedia } from "./page.ts";
import type { RenderQueue } from "./render-queue.ts";
import { steer } from "./steer.ts";

const path = z.string().min(1).max(1024);
const text = z.string();
const client = z.string().min(1).max(100);
const frame = z.number().int().min(0);
const width = z.number().min(16).max(4096);
const range = z.tuple([frame, frame]);
const valuePath = z
  .array(z.union([z.string(), z.number()]))
  .min(1)
  .max(8);
export function dreamRoutes(context: StudioContext): Hono {
  const { folder, dreams, renders, farm, thumbnails } = context;
  const app = new Hono();
  app.post("/check", async (c) =>
    c.json(await dreams.check(await bodyOf(c, z.object({ path, text })))),
  );
  app.get("/names", async (c) => {
    const names = await dreams.names(queryOf(c, "path"));
    const files = (await folder.media()).map((file) => file.path);
    return c.json({ ...names, files });
  });

  app.post("/look", async (c) => {
    const kind = z.enum(["dream", "source", "motion"]);
    const sourceFirst = z.boolean().optional();
    const request = await bodyOf(
      c,
      z.object({ client, path, text, frame, width, kind, sourceFirst }),
    );
    return c.json({ id: await dreams.look(request as never) });
  });
  app.post("/motion", async (c) => {
    const request = await bodyOf(c, z.object({ client, path, text, frames: range, width }));
    return c.json({ id: await dreams.motion(request as never) });
  });
  app.post("/stop", async (c) => {
    const what = z.enum(["look", "motion"]).optional();
    const request = await bodyOf(c, z.object({ client, what }));
    dreams.stop(request as never);
    return c.json({});
  });
  app.get("/pictures/:name", (c) => {
    const found = dreams.pictures.find(c.req.param("name").replace(/\.jpg$/, ""));
    if (!found) throw new Refused(404, "NOT_FOUND", "this picture is no longer kept");
    return jpegAnswer(found, true);
  });
  // Version 0 is the source, in place of a picture that is being dreamed.
  app.get("/thumbnail", async (c) =>
    jpegAnswer(await thumbnails.picture(queryOf(c, "path")), c.req.query("v") !== "0"),
  );

  app.get("/finished", async (c) => {
    const name = queryOf(c, "path");
    const { output: _, ...finished } = await dreams.films.find(name, await dreams.sceneNow(name));
    return c.json(finished);
  });
  app.get("/frames", async (c) => {
    const jpeg = await dreams.films.picture(
      queryOf(c, "path"),
      queryOf(c, "version"),
      Number(queryOf(c, "frame")),
      numberOf(c, "width"),
    );
    return jpegAnswer(jpeg, true);
  });

  app.get("/renders", (c) => c.json(renders.list()));
  app.post("/renders", async (c) => {
    const request = await bodyOf(
      c,
      z.object({
        path,
        frames: range.optional(),
        force: z.boolean().optional(),
        on: z.literal("farm").optional(),
      }),
    );
    await folder.read(request.path);
    if (request.on) return c.json(await addToFarm(context, request as never), 201);
    return c.json(renders.add(request as never), 201);
  });
  /** Who has a render. */
  const of = (id: string): RenderQueue | FarmRenders => (farm?.has(id) ? farm : renders);
  app.post("/renders/:id/pause", async (c) => {
    const id = c.req.param("id");
    return c.json(await of(id).pause(id));
  });
  app.post("/renders/:id/resume", async (c) => {
    const id = c.req.param("id");
    return c.json(await of(id).resume(id));
  });
  app.post("/renders/:id/move", (c) =>
    c.json(renders.move(c.req.param("id"), numberOf(c, "to") ?? 0)),
  );
  app.post("/renders/:id/cancel", async (c) => {
    const id = c.req.param("id");
    await of(id).cancel(id);
    return c.json({});
  });
  app.post("/steer", async (c) => {
    const request = await bodyOf(
      c,
      z.object({ id: z.string(), path: valuePath, value: z.number() }),
    );
    return c.json(await steer(context, request));
  });

  app.get("/layers", async (c) => c.json((await dreams.names(queryOf(c, "path"))).layers));
  app.get("/tiles", async (c) => {
    const dreamed = await dreams.dreamedTiles(queryOf(c, "path"));
    return c.json({ dreamed, ...dreams.tiles } satisfies Tiles);
  });
  app.get("/atlas", async (c) => {
    const { file } = await dreams.tile(
      queryOf(c, "path"),
      queryOf(c, "layer"),
      numberOf(c, "channel"),
    );
    return serveMedia(c, file);
  });
  return app;
}
