import { openGpu } from "../../mod.ts";
import { checkNetworks } from "../../tasks/torture/any_network.ts";
import { tunedFor } from "../helpers/device.ts";

// More of them: deno task torture --networks=1000
Deno.test("createNetwork: any network that createLayout takes trains a step as its twin", async () => {
  await checkNetworks(() => openGpu({ tunedFor }), 6);
});
