/**
 * What is used of mathjs, named: so a bundler leaves out the rest of it, which a dynamic import of the
 * whole package keeps.
 *
 * @module
 */
export { eigs } from "mathjs";
