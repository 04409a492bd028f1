/** Requests on the farm. */
import { Hono } from "hono";
import { Refused } from "./answer.ts";
import type { Render, RenderRequest } from "./api-render.ts";
import type { StudioContext } from "./context.ts";
import type { FarmRenders } from "./farm-renders.ts";

export function farmRoutes(context: StudioContext): Hono {
  const app = new Hono();
  app.get("/farm", (c) => c.json(farmOf(context).now()));
  app.post("/renders/:id/retry", async (c) =>
    c.json(await farmOf(context).retry(c.req.param("id"))),
  );
  app.get("/renders/:id/logs", async (c) => c.json(await farmOf(context).logs(c.req.param("id"))));
  return app;
}

/** Give a scene to the farm. Throws `Refused`. */
export function addToFarm(
  context: StudioContext,
  { path, frames, force = false }: RenderRequest,
): Promise<Render> {
  const farm = farmOf(context);
  if (frames) throw new Refused(400, "USAGE", "the farm renders whole films, not parts of them");
  return farm.add(path, force);
}

function farmOf({ farm }: StudioContext): FarmRenders {
  if (farm) return farm;
  throw new Refused(
    404,
    "NOT_FOUND",
    "no farm is named",
    "Start the studio with --redis and --share, or with REDIS_URL and DREAMREEL_SHARE.",
  );
}
