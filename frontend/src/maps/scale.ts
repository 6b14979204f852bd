/** The scale bar: a round length that fits. */

export interface ScaleBar {
  length_m: number;
  width_px: number;
}

/**
 * Return the longest bar of 1, 2 or 5 times a power of ten metres within `most_px` pixels.
 *
 * It is right in every direction of a turned map, since the map is flat and seen from straight above.
 */
export function scaleBar(perPixel_m: number, most_px = 120): ScaleBar {
  const most_m = perPixel_m * most_px;
  const power = 10 ** Math.floor(Math.log10(most_m));
  const length_m = ([5, 2, 1].find((n) => n * power <= most_m) ?? 1) * power;
  return { length_m, width_px: length_m / perPixel_m };
}
