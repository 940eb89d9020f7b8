import { useEffect, useRef, useState } from 'react'
import { toTidekeepError } from '../../../common/errors.ts'
import type { Client, SourceSize } from '../../../common/protocol.ts'
import { useClient } from '../../state/services.ts'

/** A folder's size so far, or why it cannot be read. */
export type Measured = { readonly size: SourceSize } | { readonly problem: string }

const AT_ONCE = 2
/** A count that does not grow any more is as complete as it gets in the time the service takes for it. */
const CALLS_WITHOUT_GROWTH = 3

/** Sizes by path, growing while they are counted. Folders are counted two at a time, in the given order, each once. */
export function useSizes(paths: readonly string[]): ReadonlyMap<string, Measured> {
  const client = useClient()
  const [sizes, setSizes] = useState<ReadonlyMap<string, Measured>>(new Map())
  const queue = useRef<string[]>([])
  const known = useRef(new Set<string>())
  const running = useRef(0)
  const isGone = useRef(false)
  useEffect(() => {
    isGone.current = false
    return () => void (isGone.current = true)
  }, [])
  useEffect(() => {
    for (const path of paths) {
      if (known.current.has(path)) continue
      known.current.add(path)
      queue.current.push(path)
    }
    const report = (path: string, measured: Measured): void => setSizes((before) => new Map(before).set(path, measured))
    const work = async (): Promise<void> => {
      running.current++
      for (let path = queue.current.shift(); path !== undefined && !isGone.current; path = queue.current.shift()) {
        await measure(client, path, { report, isGone: () => isGone.current })
      }
      running.current--
    }
    while (running.current < AT_ONCE && queue.current.length > 0) void work()
  }, [client, paths])
  return sizes
}

interface MeasureOptions {
  readonly report: (path: string, measured: Measured) => void
  readonly isGone: () => boolean
}

async function measure(client: Client, path: string, { report, isGone }: MeasureOptions): Promise<void> {
  let files = -1
  let stalled = 0
  while (stalled < CALLS_WITHOUT_GROWTH && !isGone()) {
    try {
      const size = await client.call('sources.measure', { path })
      report(path, { size })
      if (size.complete) return
      stalled = size.files > files ? 0 : stalled + 1
      files = Math.max(files, size.files)
    } catch (thrown) {
      report(path, { problem: toTidekeepError(thrown).message })
      return
    }
  }
}
