import { assertTwin } from "./twin.ts";

Deno.test("tick advances the clock by one and nothing beside it", () => assertTwin("tick"));
