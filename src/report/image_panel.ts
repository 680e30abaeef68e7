/**
 * Panels made of pixels: an image inside axes, and a colour bar.
 *
 * @module
 */
import type { ColourMap } from "./colour_map.ts";
import type { Panel, Plot } from "./figure.ts";
import { encodePng, type Image } from "./png.ts";
import { blank, fill } from "./raster.ts";
import { dataUri } from "./svg.ts";

/** An image's place in its panel; the panel is as much larger as its margins. */
export interface ImagePanelOptions extends Partial<Panel> {
  /** WIDTH of the image in the figure, in pixels. */
  imageWidth: number;
  /** HEIGHT of the image in the figure, in pixels. */
  imageHeight: number;
}

/**
 * Makes a panel of an image, whose pixels stay squares where the viewer can do so.
 *
 * @param options Any of a panel, width and height apart; the scales say what the axes show.
 */
export function imagePanel(plot: Plot, image: Image, options: ImagePanelOptions): Panel {
  const { imageWidth, imageHeight, ...panel } = options;
  const source = dataUri({ type: "image/png", bytes: encodePng(image) });
  const { marginLeft = 0, marginRight = 0, marginTop = 0, marginBottom = 0 } = panel;
  return {
    x: { axis: null },
    y: { axis: null },
    ...panel,
    marginLeft,
    marginRight,
    marginTop,
    marginBottom,
    width: marginLeft + imageWidth + marginRight,
    height: marginTop + imageHeight + marginBottom,
    marks: [
      plot.image([image], {
        src: () => source,
        frameAnchor: "middle",
        width: imageWidth,
        height: imageHeight,
        preserveAspectRatio: "none",
        imageRendering: "pixelated",
      }),
    ],
  };
}

/** What a colour bar shows. */
export interface ColourBarOptions {
  /** The value at its top. */
  scale: number;
  /** The value at its bottom. Default −scale. */
  lowest?: number;
  /** What the numbers are, with their unit. */
  label: string;
  /** HEIGHT of the bar in pixels. */
  height: number;
  /** White above it, in pixels. Default 0. */
  marginTop?: number;
}

/** Makes a panel of a colour bar with five numbers on its right. */
export function colourBar(plot: Plot, map: ColourMap, options: ColourBarOptions): Panel {
  const { scale, lowest = -scale, label, height, marginTop = 0 } = options;
  const bar = blank(16, height);
  for (let y = 0; y < height; y++) {
    const value = scale - (scale - lowest) * y / (height - 1);
    fill(bar, 0, y, bar.width, 1, map(value / scale));
  }
  const panel = imagePanel(plot, bar, {
    imageWidth: bar.width,
    imageHeight: height,
    marginLeft: 12,
    marginRight: 72,
    marginTop,
    marginBottom: 8,
    x: { axis: null, domain: [0, 1] },
    y: {
      axis: "right",
      label,
      domain: [lowest, scale],
      ticks: [0, 0.25, 0.5, 0.75, 1].map((part) => lowest + part * (scale - lowest)),
      tickFormat: formatValue,
    },
  });
  return { ...panel, marks: [...panel.marks, plot.frame({ stroke: "#999" })] };
}

/** Two digits, a true minus, powers of ten for what is small. */
function formatValue(value: number): string {
  const rounded = Number(value.toPrecision(2)), size = Math.abs(rounded);
  const text = size > 0 && size < 1e-3 ? rounded.toExponential() : `${rounded}`;
  return text.replaceAll("-", "−");
}
