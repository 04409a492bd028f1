/** The studio's server: 127.0.0.1 only. */

import type { AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { type ServerType, serve } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { DreamError } from "../errors.ts";
import type { FarmPlace } from "../farm/open-farm.ts";
import { version } from "../package.ts";
import { apiError, statusOf } from "./answer.ts";
import { Confines } from "./confine.ts";
import type { StudioContext } from "./context.ts";
import { dreamRoutes } from "./dream-routes.ts";
import { DreamService } from "./dream-service.ts";
import { EventHub } from "./events.ts";
import { FarmRenders } from "./farm-renders.ts";
import { farmRoutes } from "./farm-routes.ts";
import { fileRoutes } from "./file-routes.ts";
import { keptFile } from "./kept-file.ts";
import { builtPage, readPage, servePage } from "./page.ts";
import { RenderQueue } from "./render-queue.ts";
import { requestError } from "./render-words.ts";
import { SceneFolder } from "./scene-folder.ts";
import { StudioSession } from "./session.ts";
import { Thumbnails } from "./thumbnails.ts";
import { largestUpload } from "./uploads.ts";
import { watchFolders } from "./watch.ts";

export interface StudioOptions {
  /** The folder whose scenes are shown. */
  readonly folder: string;
  /** The scene of the folder that the page opens. */
  readonly scene?: string;
  /** 0 is any free one. Default: 4321, or any where that is taken. */
  readonly port?: number;
  /** Folder of the built page. Default: the one of the package. */
  readonly page?: string;
  /** The farm that films may be given to. */
  readonly farm?: FarmPlace;
  /** Largest upload, bytes. Default 4 GiB. */
  readonly maxUploadBytes?: number;
}

export interface Studio {
  /** What to open, with the launch token. */
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** The same at each start, so that an open page finds the server again. */
const usualPort = 4321;

/** Start the studio. Throws `USAGE` if the port is taken. */
export async function startStudio(options: StudioOptions): Promise<Studio> {
  const confines = await Confines.of(options.folder);
  const folder = new SceneFolder(confines);
  const session = await StudioSession.open(keptFile(confines.folder, "key"));
  const started = new Date().toISOString();
  const hub = new EventHub((client) => dreams.stop({ client }));
  const dreams = new DreamService(folder, hub);
  const renders = new RenderQueue(keptFile(confines.folder, "json"), dreams, hub);
  const farm = options.farm && openFarm(options.farm, confines, { dreams, hub, renders });
  const { maxUploadBytes = largestUpload } = options;
  const thumbnails = new Thumbnails(folder, dreams, hub);
  const context: StudioContext = { folder, hub, dreams, renders, farm, thumbnails, maxUploadBytes };

  const app = new Hono();
  app.onError((error, c) => answerError(c, error));
  app.use(session.guard);
  app.use("/api/*", async (c, next) => {
    await next();
    if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store");
  });
  app.get("/api/studio", (c) =>
    c.json({
      version: version(),
      folder: basename(confines.folder),
      ...(options.scene === undefined ? {} : { scene: options.scene }),
      maxUploadBytes: context.maxUploadBytes,
      cores: availableParallelism(),
    }),
  );
  app.get("/api/events", (c) =>
    hub.open(c, c.req.query("client") ?? "", [
      { type: "hello", version: version(), started },
      { type: "render", renders: renders.list() },
      ...(farm ? [{ type: "farm", farm: farm.now() } as const] : []),
    ]),
  );
  app.route("/api", fileRoutes(context));
  app.route("/api", dreamRoutes(context));
  app.route("/api", farmRoutes(context));
  app.all("/api/*", (c) => c.json({ code: "NOT_FOUND", message: "there is no such request" }, 404));
  const page = options.page ?? builtPage;
  app.get("*", (c) => servePage(c, page));

  const server = await (options.port === undefined
    ? listen(app, usualPort).catch(() => listen(app, 0))
    : listen(app, options.port));
  const { port } = server.address() as AddressInfo;
  session.listensOn(port);
  void readPage(page);
  await renders.restore();
  await farm?.start();
  const unwatch = watchFolders(await folder.folders(), (file) => void tellChange(context, file));
  return {
    address: session.address,
    port,
    async close() {
      unwatch();
      hub.close();
      await renders.close();
      await farm?.close();
      await dreams.close();
      const ended = new Promise((resolve) => server.close(resolve));
      if ("closeAllConnections" in server) server.closeAllConnections();
      await ended;
    },
  };
}

/** Films on the farm stand in the list of renders, and their frames among those that are finished. */
function openFarm(
  place: FarmPlace,
  { folder }: Confines,
  { renders, ...tools }: Pick<StudioContext, "dreams" | "hub" | "renders">,
): FarmRenders {
  const file = keptFile(folder, "farm.json");
  const farm = new FarmRenders(place, file, { ...tools, tell: () => renders.tell() });
  renders.others = () => farm.list();
  tools.dreams.films.cachesOf = (path) => farm.cachesOf(path);
  return farm;
}

/** A file of the folder has changed, perhaps by another program. */
async function tellChange(
  { folder, hub, dreams, renders, farm }: StudioContext,
  file: string,
): Promise<void> {
  const path = folder.confines.name(file);
  if (path === undefined) return;
  if (!/\.ya?ml$/i.test(path)) {
    dreams.forget();
    hub.send({ type: "file", path });
    return;
  }
  const now = await folder.read(path).catch(() => undefined);
  if (now) renders.sceneChanged(path, file, now.text);
  if (now) farm?.sceneChanged(path, now.text);
  hub.send({ type: "file", path, ...(now ? { version: now.version } : {}) });
}

function answerError(c: Context, error: unknown): Response {
  const body = requestError(apiError(error));
  return c.json(body, statusOf(error) as 400);
}

function listen(app: Hono, port: number): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, () => resolve(server));
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === "EADDRINUSE"
          ? new DreamError("USAGE", `port ${port} is taken`, {
              hint: "Choose another one with --port; without it, a free one is found.",
              cause,
            })
          : cause,
      ),
    );
  });
}
