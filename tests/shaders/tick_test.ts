import { assertTwin } from "../helpers/twin.ts";

Deno.test("tick advances the clock by one and nothing beside it", () => assertTwin("tick"));
