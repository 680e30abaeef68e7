/**
 * How far the story is.
 *
 * @module
 */
import type { Overview } from "../protocol.ts";

/** What all of the page goes by. */
interface Story {
  /** What is made, what begun. */
  steps: Overview["steps"];
  /** The section that works, if one does: no other can meanwhile. */
  working: string | undefined;
  /** Whether what was kept is read. */
  isOpen: boolean;
  /** Whether there is a GPU. */
  hasGpu: boolean;
}

/** The one story of this page. */
export const story: Story = {
  steps: { images: "none", phase1: "none", prior: "none", l2: "none", sk: "none" },
  working: undefined,
  isOpen: false,
  hasGpu: false,
};
