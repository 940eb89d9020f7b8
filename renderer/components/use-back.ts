import { type RefObject, useEffect, useRef } from 'react'

/**
 * Escape goes back one level, before the window it is in hears of the key. The focus begins on the button that does the
 * same, to which the answer is tied.
 */
export function useBack(onBack: () => void): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => button.current?.focus(), [])
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      onBack()
    }
    window.addEventListener('keydown', onKeyDown, { capture: true })
    return () => window.removeEventListener('keydown', onKeyDown, { capture: true })
  }, [onBack])
  return button
}
