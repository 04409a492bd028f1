import { sceneJsonSchema } from "../../scene/schema.ts";
import type { AddCommand } from "../terminal/output.ts";

/** `dreamreel schema` */
export function addSchema(command: AddCommand): void {
  command("schema")
    .description("print the JSON Schema of the scene language, for editors")
    .addHelpText("after", "\nExample:\n  dreamreel schema > scene.schema.json")
    .action(() => {
      process.stdout.write(`${JSON.stringify(sceneJsonSchema(), null, 2)}\n`);
    });
}
