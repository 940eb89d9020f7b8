/** What was typed for the palette before its code was there; undefined while nobody asked for it. */
let typed: string | undefined

/** Hears the keys that open the palette, and what is typed after them, until {@link takeEarlyKeys}. */
export function hearEarlyKeys(): void {
  window.addEventListener('keydown', onKeyDown)
}

/** Somebody asked for the palette, and has not got it yet. */
export function wasAskedEarly(): boolean {
  return typed !== undefined
}

/** What was typed so far. Whoever takes it gets the keys from now on. */
export function takeEarlyKeys(): string {
  window.removeEventListener('keydown', onKeyDown)
  const taken = typed ?? ''
  typed = undefined
  return taken
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
