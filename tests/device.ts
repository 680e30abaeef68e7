/**
 * The GPU that the tests of one file share. Without an adapter this module throws, and with it every
 * test that needs a GPU fails, saying what to install.
 *
 * @module
 */
import { type Gpu, openGpu } from "../src/gpu/device.ts";

/** Opened before the first test, so that no test is held to account for leaving it open. */
export const gpu: Gpu = await openGpu();
