/**
 * The report's section on the prior: the Gaussians fitted to the kernels.
 *
 * @module
 */
import type { FitResult, Result } from "../runs/results.ts";
import { decimals, signed } from "./format.ts";
import { type Content, markup } from "./markup.ts";
import { columns, figure, heading, type Section, table, warningLines } from "./page_parts.ts";

/** Every fit among the results. */
export function priorSection(results: readonly Result[]): Section {
  const fits = results.filter((result) => result.kind === "fit");
  return {
    id: "prior",
    title: "The prior: a Gaussian for each layer's kernels",
    body: fits.map((fit) => [
      heading(fits.length > 1, fit.dir),
      likelihoodTable(fit),
      warningLines(fit.summary.warnings),
      fit.summary.layers.map((_, i) => layerFigures(fit, i)),
    ]),
  };
}

const GAUSSIANS = ["independent Gaussian", "correlated Gaussian"];

function likelihoodTable({ summary: { layers } }: FitResult): Content {
  return [
    markup`<p>Mean log-likelihood of a filter that the fit has not seen (3-fold cross-validation), in nats. The gain is what is won by knowing that neighbouring weights go together.</p>
`,
    table(
      columns(["layer"], ["samples", "weights per sample", "τ", ...GAUSSIANS, "gain"]),
      layers.map(({ name, samples, dimensions, tikhonov, logLikelihood }) => {
        const { independent, correlated } = logLikelihood;
        return [
          name,
          samples,
          dimensions,
          tikhonov.toExponential(2).replace("-", "−"),
          decimals(independent, 2),
          decimals(correlated, 2),
          signed(correlated - independent, 2),
        ];
      }),
    ),
  ];
}

/** The layer's kernels, covariances and cross-validation. */
function layerFigures(fit: FitResult, index: number): Content {
  const { name, rank } = fit.summary.layers[index];
  const picture = (what: string) => `conv${index + 1}_${what}`;
  return [
    figure(fit, picture("kernels"), {
      alt: `Kernels of ${name} in grey: learned ones, draws from the correlated Gaussian, draws ` +
        `from the independent Gaussian.`,
      caption:
        markup`<b>${name}, kernels.</b> Learned kernels beside draws from the correlated and ${
          "from the independent Gaussian, all on one scale: black is negative, grey 0, white positive. " +
          "The better the prior, the more the correlated draws look like what was learned; independent " +
          "draws are noise."
        }`,
    }),
    figure(fit, picture("covariance"), {
      alt: `Covariance matrix of the weights of ${name} with a colour bar.`,
      caption: markup`<b>${name}, covariance.</b> How two weights of a ${
        rank === 3 ? "kernel (all its channels)" : "kernel's channel"
      } vary together: both axes count its weights. Red: they tend to have the same sign; blue: opposite signs; white: nothing to do with each other. The colour bar is in squared weights. The independent Gaussian knows the diagonal only.`,
    }),
    figure(fit, picture("tikhonov"), {
      alt: `Cross-validated log-likelihood of ${name} against τ.`,
      caption:
        markup`<b>${name}, choice of τ.</b> The held-out log-density (higher is better) against the constant τ added to the covariance's diagonal, on a logarithmic axis. Too small a τ trusts chance correlations, too large a one forgets the true ones; the best is taken.`,
    }),
  ];
}
