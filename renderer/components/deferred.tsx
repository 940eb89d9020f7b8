import { type ComponentType, use } from 'react'

const AGAIN_MS = 1_000
/** The first picture, and what it asks the service for, come before what may never be looked at. */
const SETTLED_MS = 1_500
/** A page that was loaded again so recently, and still lacks something, is not helped by one more time. */
const JUST_RELOADED_MS = 10_000

/** A part of the interface whose code is fetched apart from the page, so that the page is drawn before. */
export interface Part<Props> {
  /** Undefined until it is there. */
  readonly loaded: ComponentType<Props> | undefined
  /** Fetches it, once. Never rejects: a service that is away is asked until it is back. */
  readonly load: () => Promise<ComponentType<Props>>
}

/** `fetchCode` imports the module and answers its component. */
export function partOf<Props>(fetchCode: () => Promise<ComponentType<Props>>): Part<Props> {
  let loaded: ComponentType<Props> | undefined
  let pending: Promise<ComponentType<Props>> | undefined
  return {
    get loaded() {
      return loaded
    },
    load: () => (pending ??= untilThere(fetchCode).then((component) => (loaded = component))),
  }
}

interface DeferredProps<Props> {
  readonly part: Part<Props>
  readonly props: Props
}

/** Draws a part. Suspends until its code is there; what is there already is drawn at once. */
export function Deferred<Props extends object>({ part, props }: DeferredProps<Props>) {
  const Loaded = part.loaded ?? use(part.load())
  // Made by its module, once.
  // oxlint-disable-next-line react/static-components
  return <Loaded {...props} />
}

/** Fetches parts once the page has nothing better to do. */
export function loadWhenIdle(parts: readonly { readonly load: () => Promise<unknown> }[]): void {
  const begin = (): void => void Promise.all(parts.map((part) => part.load()))
  setTimeout(() => {
    if ('requestIdleCallback' in window) window.requestIdleCallback(begin, { timeout: 2_000 })
    else begin()
  }, SETTLED_MS)
}

async function untilThere<T>(fetchCode: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await fetchCode()
    } catch {
      await whenHelped()
    }
  }
}

/** The service is away, which ends, or is another version by now, whose page has parts of other names: then the page is loaded again. */
async function whenHelped(): Promise<void> {
  const isThere = await fetch(location.pathname, { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  )
  const [navigation] = performance.getEntriesByType('navigation')
  const isFresh = (navigation as PerformanceNavigationTiming).type === 'reload' && performance.now() < JUST_RELOADED_MS
  if (isThere && !isFresh) location.reload()
  await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
}
