import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPictures } from '../../renderer/state/pictures.ts'
import { createClock } from '../../renderer/state/window-clock.ts'

/** A `requestAnimationFrame` of frames that take so long to be placed and painted, which the tasks asked for in them wait for. */
function framesOf(paintMs: number): (run: () => void) => void {
  const { setTimeout: after } = globalThis
  const afterPaint = ((task: () => void) => after(task, paintMs)) as typeof setTimeout
  return (run) =>
    void after(() => {
      globalThis.setTimeout = afterPaint
      run()
      globalThis.setTimeout = after
    }, 16)
}

/** Hands in another change every 50 ms, and answers how many pictures were drawn. */
async function drawnIn(seconds: number, options: { readonly isInUse?: boolean; readonly costMs?: number } = {}) {
  const pictures = createPictures(() => options.isInUse === true)
  let drawn = 0
  const change = (): void => {
    drawn++
    vi.advanceTimersByTime(options.costMs ?? 0)
  }
  const endMs = performance.now() + seconds * 1_000
  while (performance.now() < endMs) {
    pictures.change(change)
    await vi.advanceTimersByTimeAsync(50)
  }
  return drawn
}

describe('the pictures of the window', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('requestAnimationFrame', framesOf(0))
    vi.stubGlobal('document', {
      visibilityState: 'visible',
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
    })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('show status, list and time of day together: a tick of each is one picture', async () => {
    const pictures = createPictures()
    const clock = createClock(pictures)
    const shown: string[][] = []
    let picture: string[] = []
    const draw = (name: string): void => {
      if (picture.length === 0) queueMicrotask(() => shown.push(picture.splice(0)))
      picture.push(name)
    }
    clock.subscribe(() => draw('time'))
    const status = (): void => draw('status')
    const list = (): void => draw('list')
    pictures.change(status)
    await vi.advanceTimersByTimeAsync(700)
    picture = []
    shown.length = 0
    // Due in half a second; what comes meanwhile joins it.
    pictures.change(status)
    await vi.advanceTimersByTimeAsync(100)
    pictures.change(status)
    await vi.advanceTimersByTimeAsync(250)
    pictures.change(status)
    pictures.change(list)
    await vi.advanceTimersByTimeAsync(450)
    expect(shown.map((names) => names.toSorted())).toEqual([['status'], ['list', 'status', 'time']])
  })

  it('are two a second while somebody watches, and five while somebody does something', async () => {
    expect(await drawnIn(10)).toBe(1 + 10 * 2)
    expect(await drawnIn(10, { isInUse: true })).toBe(1 + 10 * 5)
  })

  it('take a hundredth of the time where they cost more, placing and painting included, and come every two seconds at least', async () => {
    const afterScripts = await drawnIn(20, { costMs: 10 })
    expect(afterScripts).toBeGreaterThanOrEqual(18)
    expect(afterScripts).toBeLessThanOrEqual(21)
    vi.stubGlobal('requestAnimationFrame', framesOf(10))
    const afterPaint = await drawnIn(20)
    expect(afterPaint).toBeGreaterThanOrEqual(18)
    expect(afterPaint).toBeLessThanOrEqual(21)
    vi.stubGlobal('requestAnimationFrame', framesOf(400))
    const slow = await drawnIn(20)
    expect(slow).toBeGreaterThanOrEqual(8)
    expect(slow).toBeLessThanOrEqual(11)
  })

  it('draw what is urgent at once, with all that waits', () => {
    const pictures = createPictures()
    const shown: string[] = []
    pictures.change(() => shown.push('first'))
    pictures.change(() => shown.push('figures'))
    expect(shown).toEqual(['first'])
    pictures.change(() => shown.push('work ended'), true)
    expect(shown).toEqual(['first', 'figures', 'work ended'])
  })
})
