/** Before each test file: programs that tests start do not inherit the setting of vitest.config.ts. */
import { keepFromChildren } from "../../src/host/huge-pages.ts";

keepFromChildren();
