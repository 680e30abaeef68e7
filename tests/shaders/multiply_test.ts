import { assertTwin } from "./twin.ts";

Deno.test("multiply multiplies element by element", () => assertTwin("multiply"));
