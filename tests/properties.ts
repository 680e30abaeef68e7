/**
 * How many random cases the property tests run: few by themselves, as many as SKREG_CASES says.
 *
 * @module
 */

/**
 * @param cases Without SKREG_CASES.
 */
export function runs(cases: number): { numRuns: number } {
  return { numRuns: Number(Deno.env.get("SKREG_CASES") || cases) };
}
