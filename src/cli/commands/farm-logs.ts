import { type AddCommand, type CommonOptions, printResult } from "../terminal/output.ts";
import { inFarm, type PlaceArguments, withPlace } from "./farm-place.ts";

interface LogsArguments extends PlaceArguments, CommonOptions {
  readonly all?: boolean;
}

/** `dreamreel farm logs ID` */
export function addFarmLogs(command: AddCommand): void {
  withPlace(command("logs <id>"))
    .description("print the logs of failed pieces, or of all pieces if none failed")
    .option("--all", "of all pieces, the oldest first")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExample:\n  dreamreel farm logs film-1a2b3c4d")
    .action(async (id: string, options: LogsArguments) => {
      const [{ allLogs, logsOf }, { readFilm }] = await Promise.all([
        import("../../farm/film-logs.ts"),
        import("../../farm/share/films.ts"),
      ]);
      const logs = await inFarm(options, async ({ share }) => {
        const film = await readFilm(share, id);
        return options.all ? allLogs(share, film) : logsOf(share, film);
      });
      const text = logs.map((log) => `--- ${log.name}\n${log.text}`).join("\n");
      printResult(logs, text === "" ? "there are no logs yet" : text, options);
    });
}
