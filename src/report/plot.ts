/**
 * What is used of Observable Plot, named: so a bundler leaves out the rest of it, which a dynamic import
 * of the whole package keeps.
 *
 * @module
 */
export { cell, dot, frame, image, line, plot, ruleX, scale, text } from "@observablehq/plot";
