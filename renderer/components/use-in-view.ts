import { type RefCallback, useCallback, useState } from 'react'

/** Whether somebody could see an element, by a ref for it; true while there is none. */
export function useInView(): { readonly ref: RefCallback<HTMLElement>; readonly isInView: boolean } {
  const [isInView, setInView] = useState(true)
  const ref = useCallback((element: HTMLElement) => {
    const observer = new IntersectionObserver((entries) => setInView(entries.at(-1)?.isIntersecting ?? true))
    observer.observe(element)
    return () => {
      observer.disconnect()
      setInView(true)
    }
  }, [])
  return { ref, isInView }
}
