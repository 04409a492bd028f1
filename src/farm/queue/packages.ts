/** Loads BullMQ and ioredis, which only the farm needs and who renders alone does not install. */
import type * as bullmq from "bullmq";
import type * as ioredis from "ioredis";
import { DreamError, messageOf } from "../../errors.ts";
import { type Import, isAbsent } from "../../optional-package.ts";

export interface QueuePackages {
  readonly bullmq: typeof bullmq;
  readonly ioredis: typeof ioredis;
}

/** Throws `PACKAGE_MISSING`, with what to install. */
export async function loadQueuePackages(
  load: Import = (name) => import(name),
): Promise<QueuePackages> {
  const names = ["bullmq", "ioredis"] as const;
  const loaded = await Promise.all(
    names.map(async (name) => {
      try {
        return await load(name);
      } catch (cause) {
        const what = isAbsent(cause, name)
          ? `the farm needs ${name}, which is not installed`
          : `the farm needs ${name}, which does not load: ${messageOf(cause).split("\n")[0]}`;
        throw new DreamError("PACKAGE_MISSING", what, {
          hint: 'Install both packages on every machine of the farm: "npm install bullmq@6 ioredis@6".',
          cause,
        });
      }
    }),
  );
  return { bullmq: loaded[0], ioredis: loaded[1] } as QueuePackages;
}
