/** What a person did is answered so often at most. */
const IN_USE_MS = 200
/** Figures that change more often cannot be read, by somebody who only watches. */
const WATCHED_MS = 500
/** And however slow or busy the computer is. */
const LONGEST_MS = 2_000
/** Of the time while somebody only watches, or the window would slow what it reports. */
const DRAWING_SHARE = 0.01

/**
 * When the page is drawn anew. What changes by itself, such as what is pushed, what is read again and the time of day, waits
 * for the next picture, and one picture shows all of it: a picture costs more than what is new in it.
 */
export interface Pictures {
  /** Runs `change` with the next picture, once, however often it was handed in; `isUrgent`: now, with all that waits. */
  readonly change: (change: () => void, isUrgent?: boolean) => void
}

/** `isInUse`: somebody does something, and is shown what comes of it without delay. */
export function createPictures(isInUse: () => boolean = () => false): Pictures {
  const waiting = new Set<() => void>()
  let drawnMs = Number.NEGATIVE_INFINITY
  let gapMs = WATCHED_MS
  let timer: ReturnType<typeof setTimeout> | undefined
  const draw = (): void => {
    drawnMs = performance.now()
    const changes = [...waiting]
    waiting.clear()
    for (const change of changes) change()
    tellCost(drawnMs, (costMs) => (gapMs = Math.min(LONGEST_MS, Math.max(WATCHED_MS, costMs / DRAWING_SHARE))))
  }
  // Looked at anew when it is due: what the last picture cost is known some time after it was drawn.
  const drawWhenDue = (isUrgent = false): void => {
    clearTimeout(timer)
    const leftMs = drawnMs + (isInUse() ? IN_USE_MS : gapMs) - performance.now()
    if (isUrgent || leftMs <= 0) draw()
    else timer = setTimeout(drawWhenDue, leftMs)
  }
  return {
    change: (change, isUrgent) => {
      waiting.add(change)
      drawWhenDue(isUrgent)
    },
  }
}

/** Milliseconds of the picture begun at `startMs`: of its scripts, and once it was placed and painted, of all of it. */
function tellCost(startMs: number, tell: (costMs: number) => void): void {
  // React draws what it is told in a microtask of its own, which is before this one.
  queueMicrotask(() => {
    const scriptsMs = performance.now() - startMs
    tell(scriptsMs)
    requestAnimationFrame(() => {
      const frameMs = performance.now()
      // A frame places and paints after what it calls, and before the next task.
      setTimeout(() => tell(scriptsMs + performance.now() - frameMs))
    })
  })
}
