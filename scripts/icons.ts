/**
 * Draws every icon of the application into resources/icons: SVG, rendered by a Chromium through
 * playwright-core. Run by hand after a change (`node scripts/icons.ts`); the results are committed.
 * CHROMIUM names the browser when it is not /usr/bin/chromium.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from 'playwright-core'

const ICONS = join(dirname(dirname(fileURLToPath(import.meta.url))), 'resources', 'icons')
const APP_SIZES = [16, 24, 32, 48, 64, 128, 256, 512, 1024]
const ICO_SIZES = [16, 20, 24, 32, 40, 48, 64, 128, 256]
const TRAY_ICO_SIZES = [16, 20, 24, 32, 40, 48, 64]
/** Type codes of PNG members of an Apple icon, by what they stand for. */
const ICNS_MEMBERS = [
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic13', 256],
  ['ic08', 256],
  ['ic14', 512],
  ['ic09', 512],
  ['ic10', 1024],
] as const

/** A shield whose upper edge is a battlement: 24 by 24. */
const KEEP =
  'M3 3.2a.9.9 0 0 1 .9-.9h2.4a.9.9 0 0 1 .9.9v1.5h2.7V3.2a.9.9 0 0 1 .9-.9h2.4a.9.9 0 0 1 .9.9v1.5h2.7V3.2a.9.9 0 0 1 .9-.9h2.4a.9.9 0 0 1 .9.9V12c0 5.2-3.6 8.2-9 10.3C6.6 20.2 3 17.2 3 12z'
const CLOUD = 'M7.2 19.3a5 5 0 0 1-.7-9.95 6 6 0 0 1 11.5.75 4.65 4.65 0 0 1-.6 9.2z'

/** What is drawn on the keep, in the colour `ink`, for each state. */
const GLYPHS: Readonly<Record<string, (ink: string, ground: string) => string>> = {
  protected: (ink) => line(ink, 'M7.3 12.9l3.3 3.3 6.1-6.6', 2.7),
  syncing: (ink) => line(ink, 'M8.5 17V9.2M6 11.7l2.5-2.5 2.5 2.5M15.5 8.6v7.8M13 13.9l2.5 2.5 2.5-2.5', 1.9),
  waiting: (ink, ground) =>
    `<circle cx="12" cy="13" r="5.9" fill="${ink}"/>${line(ground, 'M12 9.6v3.6l2.6 1.7', 1.9)}`,
  paused: (ink) => line(ink, 'M9.2 9.4v7.2M14.8 9.4v7.2', 2.9),
  attention: (ink) => `${line(ink, 'M12 8.6v5', 3)}<circle cx="12" cy="17.6" r="1.75" fill="${ink}"/>`,
}
const COLORS: Readonly<Record<string, string>> = {
  protected: '#1687a7',
  syncing: '#1687a7',
  waiting: '#808c97',
  paused: '#808c97',
  attention: '#b8720a',
  offline: '#808c97',
}
const STATES = Object.keys(COLORS)

function line(color: string, path: string, width: number): string {
  return `<path d="${path}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`
}

function svg(viewBox: number, body: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${viewBox} ${viewBox}">${body}</svg>`
}

/** One colour, the glyph cut out: for bars whose brightness is known, and for templates. */
function silhouette(state: string, color: string): string {
  if (state === 'offline') return svg(24, cloudOff(color))
  const mask = `<mask id="m"><path d="${KEEP}" fill="#fff"/>${GLYPHS[state]?.('#000', '#fff') ?? ''}</mask>`
  return svg(24, `${mask}<rect width="24" height="24" fill="${color}" mask="url(#m)"/>`)
}

/** White on a colour that reads on dark and on light panels. */
function coloured(state: string): string {
  const color = COLORS[state] ?? '#1687a7'
  if (state === 'offline') return svg(24, cloudOff(color))
  return svg(24, `<path d="${KEEP}" fill="${color}"/>${GLYPHS[state]?.('#fff', color) ?? ''}`)
}

function cloudOff(color: string): string {
  const mask = `<mask id="m"><path d="${CLOUD}" fill="#fff"/>${line('#000', 'M3 3l18 18', 5.6)}</mask>`
  return `${mask}<rect width="24" height="24" fill="${color}" mask="url(#m)"/>${line(color, 'M3.6 3.6l16.8 16.8', 2.2)}`
}

/** The application's mark: the keep, with the tide in it. */
function mark(): string {
  return svg(
    32,
    `<defs><linearGradient id="g" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#1a8fb0"/><stop offset="1" stop-color="#0a5a74"/></linearGradient>
     <clipPath id="c"><path d="${KEEP}"/></clipPath></defs>
     <rect x="1" y="1" width="30" height="30" rx="7" fill="url(#g)"/>
     <g transform="translate(3.4 3.2) scale(1.05)"><path d="${KEEP}" fill="#fff"/>
       <g clip-path="url(#c)"><path d="M0 13.6c2-1.9 4-1.9 6 0s4 1.9 6 0 4-1.9 6 0 4 1.9 6 0V24H0z" fill="#6fc3da"/>
       <path d="M0 17.4c2-1.5 4-1.5 6 0s4 1.5 6 0 4-1.5 6 0 4 1.5 6 0" fill="none" stroke="#fff" stroke-width="1.5"/></g></g>`,
  )
}

/** The Windows icon container: a directory of PNG members. */
function ico(images: ReadonlyMap<number, Buffer>): Buffer {
  const header = Buffer.alloc(6 + 16 * images.size)
  header.writeUInt16LE(1, 2)
  header.writeUInt16LE(images.size, 4)
  let offset = header.length
  ;[...images].forEach(([size, png], index) => {
    const at = 6 + 16 * index
    header.writeUInt8(size % 256, at)
    header.writeUInt8(size % 256, at + 1)
    header.writeUInt16LE(1, at + 4)
    header.writeUInt16LE(32, at + 6)
    header.writeUInt32LE(png.length, at + 8)
    header.writeUInt32LE(offset, at + 12)
    offset += png.length
  })
  return Buffer.concat([header, ...images.values()])
}

/** The Apple icon container: four letters, a length and a PNG, again and again. */
function icns(images: ReadonlyMap<number, Buffer>): Buffer {
  const members = ICNS_MEMBERS.map(([type, size]) => {
    const png = images.get(size)
    if (png === undefined) throw new Error(`no image of ${size} pixels was drawn`)
    return chunk(type, png)
  })
  return chunk('icns', Buffer.concat(members))
}

function chunk(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(8)
  header.write(type, 'latin1')
  header.writeUInt32BE(body.length + 8, 4)
  return Buffer.concat([header, body])
}

async function draw(page: Page, source: string, size: number): Promise<Buffer> {
  await page.setViewportSize({ width: Math.max(size, 64), height: Math.max(size, 64) })
  await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${source}`)
  return page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: size, height: size } })
}

async function drawAll(page: Page, source: string, sizes: readonly number[]): Promise<Map<number, Buffer>> {
  const images = new Map<number, Buffer>()
  for (const size of sizes) images.set(size, await draw(page, source, size))
  return images
}

function save(name: string, content: Buffer): void {
  const path = join(ICONS, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

async function drawApplication(page: Page): Promise<void> {
  const images = await drawAll(page, mark(), [...new Set([...APP_SIZES, ...ICO_SIZES])])
  for (const size of APP_SIZES.filter((size) => size <= 512)) save(`app/${size}x${size}.png`, images.get(size)!)
  save('icon.png', images.get(512)!)
  save('icon.ico', ico(new Map(ICO_SIZES.map((size) => [size, images.get(size)!]))))
  save('icon.icns', icns(images))
}

async function drawTray(page: Page, state: string): Promise<void> {
  save(`tray/${state}.png`, await draw(page, coloured(state), 24))
  save(`tray/${state}@2x.png`, await draw(page, coloured(state), 48))
  save(`tray/${state}Template.png`, await draw(page, silhouette(state, '#000'), 18))
  save(`tray/${state}Template@2x.png`, await draw(page, silhouette(state, '#000'), 36))
  save(`tray/${state}-dark.ico`, ico(await drawAll(page, silhouette(state, '#fff'), TRAY_ICO_SIZES)))
  save(`tray/${state}-light.ico`, ico(await drawAll(page, silhouette(state, '#1b1f23'), TRAY_ICO_SIZES)))
}

/** Everything at once, on a light and a dark ground, large and as small as it gets: for looking at. */
async function drawSheet(page: Page, path: string): Promise<void> {
  const cell = (ground: string, source: string, id: number): string =>
    `<div class="${ground}">${source.replaceAll('id="m"', `id="m${id}"`).replaceAll('#m)', `#m${id})`)}</div>`
  const cells = STATES.flatMap((state, row) => [
    cell('light', silhouette(state, '#1b1f23'), row * 4),
    cell('dark', silhouette(state, '#fff'), row * 4 + 1),
    cell('light', coloured(state), row * 4 + 2),
    cell('dark', coloured(state), row * 4 + 3),
  ]).join('')
  const style = `div{display:inline-block;padding:6px;margin:2px}.light{background:#fff}.dark{background:#202124}
    .small svg{width:16px}.large .light svg,.large .dark svg{width:88px}.mark svg{width:200px}`
  await page.setViewportSize({ width: 860, height: 900 })
  await page.setContent(
    `<style>${style}</style><div class="small">${cells}${mark()}</div><div class="large">${cells}</div><div class="mark">${mark()}</div>`,
  )
  await page.screenshot({ path, fullPage: true })
}

const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
try {
  rmSync(ICONS, { recursive: true, force: true })
  const page = await browser.newPage()
  await drawApplication(page)
  for (const state of STATES) await drawTray(page, state)
  const sheet = process.argv[2]
  if (sheet !== undefined) await drawSheet(page, sheet)
} finally {
  await browser.close()
}
