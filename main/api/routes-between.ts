import { sep } from 'node:path'

/** From where to where one folder's data flows; places are real paths or location texts. */
export interface Route {
  readonly from: string
  readonly to: string
  /** True when `to` is a path of this computer. */
  readonly isLocal: boolean
}

/** True for `ancestor` itself and everything below it. */
export function isInside(place: string, ancestor: string): boolean {
  if (place === ancestor) return true
  const separator = ancestor.includes('://') ? '/' : sep
  return place.startsWith(ancestor.endsWith(separator) ? ancestor : ancestor + separator)
}

/** True when one of the two lies inside the other. */
export function overlaps(a: string, b: string): boolean {
  return isInside(a, b) || isInside(b, a)
}

/** True when what `route` writes would, over the others, flow back into what it reads. */
export function isLoop(route: Route, others: readonly Route[]): boolean {
  const seen = new Set<Route>()
  const pending: Route[] = [route]
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    const { to, isLocal } = current
    if (!isLocal) continue
    if (overlaps(to, route.from)) return true
    for (const next of others) {
      if (seen.has(next) || !overlaps(to, next.from)) continue
      seen.add(next)
      pending.push(next)
    }
  }
  return false
}
