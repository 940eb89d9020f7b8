import type { ServerResponse } from 'node:http'
import { encodeTopicMessage } from '../../common/client.ts'
import type { TopicName } from '../../common/protocol.ts'
import { createPushes, type Pushes } from '../api/pushes.ts'
import type { Application } from '../application.ts'
import type { Clock } from '../host.ts'

const HEARTBEAT_MS = 15_000
/** How long a client may leave a full buffer unread. */
const STALL_MS = 60_000
/** Bytes Node may hold for one client before pushes wait. */
const HIGH_WATER_BYTES = 256 * 1024

/** What one stream tells, and to whom. */
export interface EventStreamOptions {
  readonly application: Application
  readonly clock: Clock
  readonly topics: readonly TopicName[]
  readonly response: ServerResponse
}

/**
 * Streams topics to one client as server-sent events, the current status first. A client that reads
 * too slowly gets the latest status and the newest rows only; one that reads nothing for a minute is disconnected. Returns the function that ends it.
 */
export function openEventStream({ application, clock, topics, response }: EventStreamOptions): () => void {
  const pushes = createResponsePushes(response, clock)
  const endings: (() => void)[] = [() => pushes.clear()]
  let hasEnded = false
  const end = (): void => {
    if (hasEnded) return
    hasEnded = true
    for (const ending of endings.splice(0)) ending()
    response.destroy()
  }
  response.on('close', end)
  response.on('error', end)
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store' })
  response.flushHeaders()
  if (topics.includes('activity')) endings.push(application.subscribe('activity', (rows) => pushes.addRows(rows)))
  if (topics.includes('status')) {
    let isFirst = true
    endings.push(
      application.subscribe('status', (status) => {
        isFirst = false
        pushes.setStatus(status)
      }),
    )
    void application.handlers['status.get']({}, { transport: 'http' }).then(
      (status) => void (isFirst && pushes.setStatus(status)),
      end,
    )
  }
  endings.push(startHeartbeat(clock, response, end))
  return end
}

function createResponsePushes(response: ServerResponse, clock: Clock): Pushes {
  const isReady = (): boolean => !response.destroyed && response.writableLength <= HIGH_WATER_BYTES
  const pushes = createPushes({
    clock,
    isReady,
    send: ({ status, rows }) =>
      void response.write(
        (status === undefined ? '' : encodeTopicMessage('status', status)) +
          (rows.length === 0 ? '' : encodeTopicMessage('activity', rows)),
      ),
  })
  response.on('drain', () => (isReady() ? pushes.flush() : undefined))
  return pushes
}

/** Comments keep proxies and sleeping laptops honest; a client that takes none of them is gone. */
function startHeartbeat(clock: Clock, response: ServerResponse, onStalled: () => void): () => void {
  let sinceMs: number | undefined
  let cancel = (): void => undefined
  const beat = (): void => {
    if (response.writableLength <= HIGH_WATER_BYTES) {
      sinceMs = undefined
      response.write(': \n\n')
    } else {
      sinceMs ??= clock.monotonic()
      if (clock.monotonic() - sinceMs >= STALL_MS) return onStalled()
    }
    cancel = clock.after(HEARTBEAT_MS, beat)
  }
  cancel = clock.after(HEARTBEAT_MS, beat)
  return () => cancel()
}
