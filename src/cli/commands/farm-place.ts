/** Where the farm is: the options that all its commands have. */
import { type Command, Option } from "commander";
import { DreamError } from "../../errors.ts";
import type { Farm, FarmPlace } from "../../farm/open-farm.ts";

export interface PlaceArguments {
  readonly share?: string;
  readonly redis?: string;
}

/** Add `--share` and `--redis`. */
export function withPlace(command: Command): Command {
  return command
    .addOption(
      new Option("--share <folder>", "folder that all machines share").env("DREAMREEL_SHARE"),
    )
    .addOption(
      new Option("--redis <address>", "Redis of the farm, such as redis://host:6379").env(
        "REDIS_URL",
      ),
    );
}

/** Throws `USAGE` if the share or Redis is not named, or the address is not one. */
export async function placeOf({ share, redis }: PlaceArguments): Promise<FarmPlace> {
  if (!share)
    throw missing("--share", "DREAMREEL_SHARE", "the folder that all machines of the farm share");
  if (!redis) throw missing("--redis", "REDIS_URL", "the address of the farm's Redis");
  const { redisAddress } = await import("../../farm/queue/redis.ts");
  return { share, redis: redisAddress(redis) };
}

/** Run `work` with the farm that the options name. Throws what `placeOf` and `withFarm` throw. */
export async function inFarm<T>(
  place: PlaceArguments,
  work: (farm: Farm) => Promise<T>,
): Promise<T> {
  const where = await placeOf(place);
  const { withFarm } = await import("../../farm/open-farm.ts");
  return withFarm(where, work);
}

function missing(option: string, variable: string, what: string): DreamError {
  return new DreamError("USAGE", `${option} is missing: ${what}`, {
    hint: `Give it with ${option}, or in the environment as ${variable}. "dreamreel farm --help" shows both.`,
  });
}
