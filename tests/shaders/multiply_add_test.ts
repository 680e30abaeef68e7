import { assertTwin } from "../helpers/twin.ts";

Deno.test("multiply_add does every round on every chain", () => assertTwin("multiply_add"));
