/**
 * A layer's kernels: those that were learned beside draws from its two Gaussians.
 *
 * @module
 */
import type { Numbers } from "../prior/matrix.ts";
import { grey } from "./colour_map.ts";
import { drawFigure } from "./figure.ts";
import { colourBar, imagePanel } from "./image_panel.ts";
import type { Image } from "./png.ts";
import { blank, fill } from "./raster.ts";

/** What `drawKernelPanels` draws: kernels (N, K, K, C), or (N, K, K) of single channels. */
export interface KernelPicture {
  /** What the trials learned. */
  learned: Numbers;
  /** Draws from N(0, Σ). */
  correlated: Numbers;
  /** Draws from N(0, var·I). */
  independent: Numbers;
  /** The value drawn white, e.g. 3 standard deviations; black is −scale. */
  scale: number;
  /** Kernels in a row of a panel. */
  columns: number;
}

/**
 * Draws kernels in one scale of grey, in three panels: learned, drawn from the correlated Gaussian
 * and drawn from the independent one. The channels of a kernel lie side by side.
 *
 * @param title Default "Kernels".
 * @returns An SVG document.
 */
export function drawKernelPanels(picture: KernelPicture, title = "Kernels"): Promise<string> {
  const { scale, columns } = picture;
  const channels = picture.learned.shape[3] ?? 1;
  const panels = [
    ["learned", picture.learned],
    ["drawn from the correlated Gaussian", picture.correlated],
    ["drawn from the independent Gaussian", picture.independent],
  ] as const;
  return drawFigure((plot) => {
    const images = panels.map(([heading, kernels]) => {
      const image = drawKernels(kernels, { scale, columns });
      return imagePanel(plot, image, {
        heading,
        imageWidth: image.width,
        imageHeight: image.height,
        marginLeft: 4,
        marginRight: 28,
        marginTop: 6,
        marginBottom: 8,
      });
    });
    return {
      title,
      notes: channels > 1 ? [`The ${channels} channels of a kernel lie side by side.`] : [],
      rows: [[
        ...images,
        colourBar(plot, grey, { scale, label: "weight", height: 200, marginTop: 6 }),
      ]],
    };
  });
}

/**
 * Draws kernels in grey as the paper does: black is −scale or less, white is +scale or more. One
 * kernel is its channels side by side, one pixel apart; kernels are further apart.
 *
 * @param kernels (N, K, K, C), or (N, K, K) for single channels.
 * @param options.columns Kernels in a row, at most.
 * @param options.zoom Screen pixels a weight. Default 8.
 */
export function drawKernels(
  kernels: Numbers,
  { scale, columns: most, zoom = 8 }: { scale: number; columns: number; zoom?: number },
): Image {
  const [count, rows, columns, channels = 1] = kernels.shape;
  const perRow = Math.min(count, most);
  const gap = channels > 1 ? zoom : Math.ceil(zoom / 2);
  const width = channels * (columns * zoom + 1) - 1, height = rows * zoom;
  const image = blank(
    perRow * (width + gap) - gap,
    Math.ceil(count / perRow) * (height + gap) - gap,
  );
  for (let n = 0; n < count; n++) {
    const left = (n % perRow) * (width + gap), top = Math.floor(n / perRow) * (height + gap);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let c = 0; c < channels; c++) {
          const value = kernels.data[((n * rows + row) * columns + column) * channels + c];
          const x = left + c * (columns * zoom + 1) + column * zoom;
          fill(image, x, top + row * zoom, zoom, zoom, grey(value / scale));
        }
      }
    }
  }
  return image;
}
