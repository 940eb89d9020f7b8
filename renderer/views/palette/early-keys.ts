/** What was typed for the palette before its field could take it; undefined while nobody asked for it. */
let typed: string | undefined
let toggle: (() => void) | undefined

/** Hears the keys that open the palette, from before its code is there. What is typed after them is kept for its field. */
export function hearPaletteKeys(): void {
  window.addEventListener('keydown', onKeyDown)
}

/** `open` is called with each press of those keys, at once where somebody asked before. Returns how to end it. */
export function onPaletteKeys(open: () => void): () => void {
  toggle = open
  if (typed !== undefined) open()
  return () => (toggle = undefined)
}

/** What was typed so far. Whoever takes it gets the keys from now on. */
export function takeEarlyKeys(): string {
  const taken = typed ?? ''
  typed = undefined
  return taken
}

function onKeyDown(event: KeyboardEvent): void {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
    event.preventDefault()
    if (toggle === undefined) typed = typed === undefined ? '' : undefined
    else {
      typed = undefined
      toggle()
    }
  } else if (typed !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) keep(event)
}

function keep(event: KeyboardEvent): void {
  if (event.key === 'Escape') typed = undefined
  else if (event.key === 'Backspace') typed = typed?.slice(0, -1)
  else if (/^.$/u.test(event.key)) typed += event.key
  else return
  event.preventDefault()
}
