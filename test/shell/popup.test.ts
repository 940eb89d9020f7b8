import { describe, expect, it } from 'vitest'
import { placePopup } from '../../main/shell/placement.ts'
import { startFakeShell } from './start-fake.ts'

const SIZE = { width: 360, height: 520 }
const SCREEN = { x: 0, y: 0, width: 1920, height: 1080 }

describe('where the popup goes', () => {
  it.each([
    ['a bar below', { x: 1700, y: 1045, width: 24, height: 30 }, { ...SCREEN, height: 1040 }, { x: 1532, y: 512 }],
    [
      'a bar above',
      { x: 1500, y: 0, width: 24, height: 24 },
      { x: 0, y: 25, width: 1920, height: 1055 },
      { x: 1332, y: 33 },
    ],
    [
      'a bar on the left',
      { x: 5, y: 1000, width: 40, height: 24 },
      { x: 50, y: 0, width: 1870, height: 1080 },
      { x: 58, y: 552 },
    ],
    [
      'a bar on the right',
      { x: 1880, y: 1000, width: 40, height: 24 },
      { x: 0, y: 0, width: 1870, height: 1080 },
      { x: 1502, y: 552 },
    ],
    [
      'a second screen to the left',
      { x: -300, y: 1050, width: 24, height: 24 },
      { x: -1280, y: 0, width: 1280, height: 1040 },
      { x: -468, y: 512 },
    ],
    ['no bounds', undefined, SCREEN, { x: 1552, y: 552 }],
    ['empty bounds', { x: 0, y: 0, width: 0, height: 0 }, SCREEN, { x: 1552, y: 552 }],
    ['a screen smaller than itself', undefined, { x: 10, y: 20, width: 300, height: 400 }, { x: 10, y: 20 }],
  ] as const)('is right for %s', (_what, tray, workArea, expected) => {
    expect(placePopup(tray, SIZE, workArea)).toEqual(expected)
  })

  it('is always wholly inside the work area, wherever the icon is', () => {
    const workArea = { x: 100, y: 50, width: 1600, height: 900 }
    for (let x = 0; x <= 1900; x += 38) {
      for (let y = 0; y <= 1000; y += 40) {
        const at = placePopup({ x, y, width: 24, height: 24 }, SIZE, workArea)
        expect(at.x).toBeGreaterThanOrEqual(workArea.x)
        expect(at.y).toBeGreaterThanOrEqual(workArea.y)
        expect(at.x + SIZE.width).toBeLessThanOrEqual(workArea.x + workArea.width)
        expect(at.y + SIZE.height).toBeLessThanOrEqual(workArea.y + workArea.height)
      }
    }
  })
})

describe('the popup', () => {
  it('is there, loaded and hidden, from the start', async () => {
    const { popup } = await startFakeShell()
    expect(popup.options).toMatchObject({ ...SIZE, show: false, frame: false, skipTaskbar: true })
    expect(popup.loaded).toEqual(['app://tidekeep/popup.html'])
    expect(popup.visible).toBe(false)
  })

  it('shows beside the icon on a click and hides on the next', async () => {
    const { popup, tray, clock } = await startFakeShell({ platform: 'win32' })
    tray.emit('click')
    expect(popup.visible).toBe(true)
    expect(popup.position).toEqual([1552, 512])
    await clock.advance(1_000)
    tray.emit('click')
    expect(popup.visible).toBe(false)
  })

  it('ignores the blur that comes with showing, and hides on the one the user causes', async () => {
    const { popup, tray, clock } = await startFakeShell({ platform: 'win32' })
    tray.emit('click')
    await clock.advance(50)
    popup.emit('blur')
    expect(popup.visible).toBe(true)
    await clock.advance(500)
    popup.emit('blur')
    expect(popup.visible).toBe(false)
  })

  it('does not open again by the very click that took the focus away', async () => {
    const { popup, tray, clock } = await startFakeShell({ platform: 'win32' })
    tray.emit('click')
    await clock.advance(1_000)
    popup.emit('blur')
    await clock.advance(80)
    tray.emit('click')
    expect(popup.visible).toBe(false)
    await clock.advance(1_000)
    tray.emit('click')
    expect(popup.visible).toBe(true)
  })

  it('never hides by losing focus on Linux', async () => {
    const { popup, tray, clock } = await startFakeShell({ platform: 'linux' })
    tray.emit('click')
    await clock.advance(5_000)
    popup.emit('blur')
    expect(popup.visible).toBe(true)
  })

  it('is hidden, not closed, by closing it, until the application quits', async () => {
    const { electron, popup, tray } = await startFakeShell()
    tray.emit('click')
    popup.close()
    expect([popup.visible, popup.destroyed]).toEqual([false, false])
    electron.api.app.quit()
    expect(popup.destroyed).toBe(true)
  })

  it('loads again when its page crashes', async () => {
    const { popup } = await startFakeShell()
    popup.webContents.emit('render-process-gone', {}, { reason: 'crashed' })
    expect(popup.reloads).toBe(1)
  })
})
