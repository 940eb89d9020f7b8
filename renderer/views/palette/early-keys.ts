/** What was typed for the palette before its code was there; undefined while nobody asked for it. */
let typed: string | undefined

/** Hears the keys that open the palette, and what is typed after them, until {@link stopEarlyKeys}. */
export function hearEarlyKeys(): void {
  window.addEventListener('keydown', onKeyDown)
}

/** What the palette opens with; undefined where it is to stay closed. */
export function earlyKeys(): string | undefined {
  return typed
}

/** The palette hears for itself from now on. */
export function stopEarlyKeys(): void {
  window.removeEventListener('keydown', onKeyDown)
  typed = undefined
}

/** Ctrl or Cmd+K, without other modifiers. */
export function opensPalette(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k'
}

function onKeyDown(event: KeyboardEvent): void {
  if (opensPalette(event)) typed = typed === undefined ? '' : undefined
  else if (typed === undefined || event.ctrlKey || event.metaKey || event.altKey) return
  else if (event.key === 'Escape') typed = undefined
  else if (event.key === 'Backspace') typed = typed.slice(0, -1)
  else if (/^.$/u.test(event.key)) typed += event.key
  else return
  event.preventDefault()
}
