/** What a person did is answered within this time, or said to be under way. */
const ANSWER_MS = 3_000

/** Watches for what a person does in this window; the answer is true for some seconds after. */
export function watchUse(): () => boolean {
  let lastMs = Number.NEGATIVE_INFINITY
  const note = (): void => void (lastMs = performance.now())
  for (const event of ['pointerdown', 'keydown'] as const)
    window.addEventListener(event, note, { capture: true, passive: true })
  return () => performance.now() - lastMs < ANSWER_MS
}
