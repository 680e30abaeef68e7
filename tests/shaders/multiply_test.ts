import { assertTwin } from "../helpers/twin.ts";

Deno.test("multiply multiplies element by element", () => assertTwin("multiply"));
