/** What the page about the farm tells people to run exists. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { addFarm } from "../../src/cli/commands/farm.ts";
import { loadQueuePackages } from "../../src/farm/queue/packages.ts";
import { connectOnce, settingsNotes } from "../../src/farm/queue/redis.ts";
import { noRedis, startRedis } from "../helpers/redis.ts";

const read = (path: string): Promise<string> =>
  readFile(join(import.meta.dirname, "../..", path), "utf8");

interface Service {
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly depends_on?: readonly string[];
  readonly build?: { readonly dockerfile_inline: string };
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: object;
}
const composeText = await read("docs/compose.yaml");
const { services, volumes } = parse(composeText) as Compose;

const program = new Command();
addFarm(program.command.bind(program));
const [farm] = program.commands;

/** The `farm` commands of a text, each with the options in the rest of its line. */
function commandsIn(text: string): { readonly name: string; readonly options: string[] }[] {
  const spelled = text.replaceAll("`… ", "`farm submit ");
  const found = spelled.matchAll(/(?:dreamreel |worker |\[|`)farm,? ([a-z]+)((?:(?!`farm).)*)/g);
  return [...found].map(([, name, rest]) => ({
    name: name!,
    options: rest!.match(/(?<![\w-])--?[a-z][a-z-]*/g) ?? [],
  }));
}

describe("the page about the farm", () => {
  test("names commands and options that exist, and every command", async () => {
    const found = [await read("docs/farm.md"), composeText].flatMap(commandsIn);
    expect(found.length).toBeGreaterThan(12);
    expect(found.some(({ options }) => options.includes("--priority"))).toBe(true);
    for (const { name, options } of found) {
      const command = farm!.commands.find((one) => one.name() === name);
      expect(command, `farm ${name}`).toBeDefined();
      for (const option of options)
        expect(
          command!.options.some(({ long, short }) => [long, short].includes(option)),
          `farm ${name} ${option}`,
        ).toBe(true);
    }
    const named = new Set(found.map(({ name }) => name));
    for (const command of farm!.commands.map((one) => one.name()))
      expect([...named], command).toContain(command);
  });

  test("has a compose file whose parts fit together", async () => {
    const { bin } = JSON.parse(await read("package.json"));
    const { worker, redis } = services as { worker: Service; redis: Service };
    expect(worker.command).toEqual(["farm", "worker"]);
    expect(worker.build!.dockerfile_inline).toContain(`"/app/${bin.dreamreel}"`);
    const variables = farm!.commands
      .find((one) => one.name() === "worker")!
      .options.flatMap(({ envVar }) => envVar ?? []);
    expect(Object.keys(worker.environment!).sort()).toEqual(variables.sort());
    expect(new URL(worker.environment!.REDIS_URL!).hostname).toBe("redis");
    expect(worker.volumes).toContain(`dreams:${worker.environment!.DREAMREEL_SHARE}`);
    for (const { volumes: own, depends_on = [] } of [worker, redis]) {
      for (const volume of own) expect(volumes).toHaveProperty(volume.split(":")[0]!);
      for (const other of depends_on) expect(services).toHaveProperty(other);
    }
  });

  test.skipIf(noRedis)("starts a Redis that suits a queue", async () => {
    const [name, ...more] = services.redis!.command;
    expect(name).toBe("redis-server");
    await using server = await startRedis({ appendOnly: false, more });
    const redis = await connectOnce(await loadQueuePackages(), server.address);
    try {
      expect(await settingsNotes(redis)).toEqual([]);
    } finally {
      redis.disconnect();
    }
  });
});
