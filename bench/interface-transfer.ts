import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { connectSocket } from '../main/service/socket-client.ts'
import { below } from '../main/service/paths.ts'
import { median } from './support.ts'

const TIDEKEEP = fileURLToPath(new URL('../bin/tidekeep.js', import.meta.url))
const DEADLINE_MS = 600_000

/** What is sent, where, and how often. */
export interface TransferOptions {
  readonly base: string
  readonly source: string
  readonly rounds: number
  readonly token: string
}

/**
 * The first copy of a folder by a running service, in turns with and without a window that shows it, each in a home of its own.
 * Medians of seconds, and how fast it is with the window as a share of how fast it is without.
 */
export async function transferRatio(browser: Browser, options: TransferOptions) {
  const closed: number[] = []
  const open: number[] = []
  const warmUp = await firstCopy(undefined, options, 'warm-up')
  for (let round = 0; round < options.rounds; round++) {
    const turns = [
      () => firstCopy(undefined, options, `closed-${round}`),
      () => firstCopy(browser, options, `open-${round}`),
    ]
    // Who goes first takes turns, too: a disk is slower after much was written.
    const isOpenFirst = round % 2 === 1
    const [first, second] = isOpenFirst ? turns.toReversed() : turns
    const [a, b] = [await first!(), await second!()]
    closed.push(isOpenFirst ? b : a)
    open.push(isOpenFirst ? a : b)
  }
  const ratios = closed.map((seconds, round) => seconds / open[round]!)
  return {
    rounds: options.rounds,
    warmUpSeconds: warmUp,
    closedSeconds: median(closed),
    openSeconds: median(open),
    speedWithWindow: Math.round(1_000 * median(ratios)) / 1_000,
  }
}

async function firstCopy(browser: Browser | undefined, options: TransferOptions, name: string): Promise<number> {
  const home = join(options.base, `home-${name}`)
  const port = await freePort()
  const env = { ...process.env, TIDEKEEP_HOME: home, TIDEKEEP_TOKEN: options.token }
  const child = spawn(process.execPath, [TIDEKEEP, 'serve', '--port', String(port)], { env, stdio: 'ignore' })
  try {
    const client = await poll(() => connectSocket(below(home)).catch(() => undefined))
    const context = await browser?.newContext({
      viewport: { width: 1040, height: 720 },
      extraHTTPHeaders: { authorization: `Bearer ${options.token}` },
    })
    const page = await context?.newPage()
    await page?.goto(`http://127.0.0.1:${port}/#/activity/live`)
    await page?.getByRole('heading', { level: 1 }).waitFor()
    const startMs = performance.now()
    await client.call('folders.add', { path: options.source, target: join(options.base, `target-${name}`) })
    await poll(async () => ((await client.call('status.get', {})).headline === 'protected' ? true : undefined))
    const seconds = Number(((performance.now() - startMs) / 1_000).toFixed(2))
    await context?.close()
    client.close()
    return seconds
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function poll<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadlineMs = performance.now() + DEADLINE_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > deadlineMs) throw new Error('waited for ten minutes')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
