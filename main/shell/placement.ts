import type { Point, Rectangle, Size } from 'electron'

const GAP = 8

/**
 * Where a popup of `size` goes, in device-independent pixels: centred on the tray icon, on the side
 * the screen's work area lies, and wholly inside it. Without usable `tray` bounds (Linux; Windows
 * while the icon hides in the overflow) it goes to the bottom right corner.
 */
export function placePopup(tray: Rectangle | undefined, size: Size, workArea: Rectangle): Point {
  const right = workArea.x + workArea.width - size.width - GAP
  const bottom = workArea.y + workArea.height - size.height - GAP
  if (tray === undefined || tray.width === 0 || tray.height === 0) {
    return { x: Math.max(workArea.x, right), y: Math.max(workArea.y, bottom) }
  }
  const centred = {
    x: Math.round(tray.x + tray.width / 2 - size.width / 2),
    y: Math.round(tray.y + tray.height / 2 - size.height / 2),
  }
  return {
    x: clamp(besideBar(tray.x, tray.width, workArea.x, workArea.width) ?? centred.x, workArea.x + GAP, right),
    y: clamp(besideBar(tray.y, tray.height, workArea.y, workArea.height) ?? centred.y, workArea.y + GAP, bottom),
  }

  /** On the axis on which the icon lies outside the work area, the popup touches the bar. */
  function besideBar(start: number, length: number, areaStart: number, areaLength: number): number | undefined {
    if (start + length / 2 < areaStart) return areaStart
    if (start + length / 2 > areaStart + areaLength) return Number.MAX_SAFE_INTEGER
    return undefined
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.round(Math.max(least, Math.min(value, most)))
}
