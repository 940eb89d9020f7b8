import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { closeSync, openSync, readdirSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { connectSocket, type SocketClient } from '../main/service/socket-client.ts'
import { below } from '../main/service/paths.ts'
import { secondsOfBrowser, secondsOfProcess } from './processor-time.ts'
import { median, poll } from './support.ts'

const TIDEKEEP = fileURLToPath(new URL('../bin/tidekeep.js', import.meta.url))
/** A page fetches what it does not show yet this long after it was drawn, and it takes some time. */
const LOADED_MS = 4_000
/** Whoever uses less than this in {@link SETTLING_MS} has settled. */
const SETTLED_SECONDS = 0.02
const SETTLING_MS = 500
/** The sink looks at none. */
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDBENCH', AWS_SECRET_ACCESS_KEY: 'secretbench' }
const piece = Buffer.allocUnsafeSlow(1024 * 1024)

/** What is sent, where, and how often. */
export interface TransferOptions {
  readonly base: string
  readonly source: string
  /** A few files that are copied before: service and window then show a transfer for the second time, as on any day but the first. */
  readonly before: string
  readonly rounds: number
  readonly token: string
  /** A store of objects that takes it instead of the local disk. */
  readonly endpoint?: string
  /** Each copy is removed once it was measured: large files fill a disk, and all of them memory, while freeing many small ones slows a disk for minutes. */
  readonly isRemoved: boolean
}

/** One first copy. Processor seconds are those between its begin and its end. */
interface Copy {
  /** From the call that adds the folder until the last file was recorded. */
  readonly seconds: number
  readonly serviceCpu: number
  readonly rendererCpu: number
  readonly otherBrowserCpu: number
}

/**
 * The first copy of a folder by a running service, in turns with and without a window that shows it, has shown another and has settled,
 * each in a home of its own. Medians of seconds and of processor seconds; how fast it is with the window as a share of how fast it is
 * without, with its quartiles, which tell how much of it is noise; and what service and browser use for the window, as a share
 * of what the copy takes without one.
 */
export async function transferRatio(browser: Browser, options: TransferOptions) {
  const closed: Copy[] = []
  const open: Copy[] = []
  const warmUp = await firstCopy(undefined, options, 'warm-up')
  for (let round = 0; round < options.rounds; round++) {
    const turns = [
      async () => closed.push(await firstCopy(undefined, options, `closed-${round}`)),
      async () => open.push(await firstCopy(browser, options, `open-${round}`)),
    ]
    // Who goes first takes turns, too: a disk is slower after much was written.
    for (const turn of round % 2 === 1 ? turns.toReversed() : turns) await turn()
  }
  const middle = (copies: readonly Copy[], pick: (copy: Copy) => number): number => rounded(median(copies.map(pick)))
  const closedServiceCpu = middle(closed, ({ serviceCpu }) => serviceCpu)
  const openServiceCpu = middle(open, ({ serviceCpu }) => serviceCpu)
  const rendererCpu = middle(open, (copy) => copy.rendererCpu)
  const otherBrowserCpu = middle(open, (copy) => copy.otherBrowserCpu)
  const speeds = closed.map(({ seconds }, round) => seconds / open[round]!.seconds).toSorted((a, b) => a - b)
  const quartile = (share: number): number => rounded(speeds[Math.floor(share * (speeds.length - 1))]!)
  return {
    rounds: options.rounds,
    warmUpSeconds: rounded(warmUp.seconds),
    closedSeconds: middle(closed, ({ seconds }) => seconds),
    openSeconds: middle(open, ({ seconds }) => seconds),
    speedWithWindow: rounded(median(speeds)),
    speedQuartiles: [quartile(0.25), quartile(0.75)],
    cpuSeconds: {
      closedService: closedServiceCpu,
      openService: openServiceCpu,
      renderer: rendererCpu,
      otherBrowserProcesses: otherBrowserCpu,
    },
    windowShareOfCpu: rounded((openServiceCpu - closedServiceCpu + rendererCpu + otherBrowserCpu) / closedServiceCpu),
    browserShareOfCpu: rounded((rendererCpu + otherBrowserCpu) / closedServiceCpu),
  }
}

async function firstCopy(browser: Browser | undefined, options: TransferOptions, name: string): Promise<Copy> {
  const home = join(options.base, `home-${name}`)
  const target = options.endpoint === undefined ? join(options.base, `target-${name}`) : `s3://bench/${name}`
  const port = await freePort()
  const env = { ...process.env, ...KEYS, TIDEKEEP_HOME: home, TIDEKEEP_TOKEN: options.token }
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
    await wait(LOADED_MS)
    await copy(client, { source: options.before, target: join(options.base, `before-${name}`) })
    // A computer may have let go of the source meanwhile, and sooner where a browser wants memory.
    readOnce(options.source)
    await settled(() => cpuOf(child.pid!, browser))
    const before = await cpuOf(child.pid!, browser)
    const seconds = await copy(client, { ...options, target })
    const after = await cpuOf(child.pid!, browser)
    await context?.close()
    client.close()
    return {
      seconds,
      serviceCpu: after.service - before.service,
      rendererCpu: after.renderer - before.renderer,
      otherBrowserCpu: after.others - before.others,
    }
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
    if (options.isRemoved && options.endpoint === undefined) rmSync(target, { recursive: true, force: true })
  }
}

/** Seconds, by when the service recorded the last file. */
async function copy(
  client: SocketClient,
  { source, target, endpoint }: Pick<TransferOptions, 'source' | 'endpoint'> & { readonly target: string },
): Promise<number> {
  const startMs = Date.now()
  await client.call('folders.add', { path: source, target, ...(endpoint === undefined ? {} : { s3: { endpoint } }) })
  await poll(async () => ((await client.call('status.get', {})).headline === 'protected' ? true : undefined))
  const [last] = await client.call('activity.list', { limit: 1 })
  if (last === undefined) throw new Error('nothing was copied')
  return (last.atMs - startMs) / 1_000
}

/** From now on it lies in memory, so that no turn reads it from the disk. */
function readOnce(directory: string): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) readPieces(join(entry.parentPath, entry.name))
}

function readPieces(path: string): void {
  const fd = openSync(path, 'r')
  while (readSync(fd, piece) > 0);
  closeSync(fd)
}

async function cpuOf(pid: number, browser: Browser | undefined) {
  const none = { renderer: 0, others: 0 }
  return { service: secondsOfProcess(pid), ...(browser === undefined ? none : await secondsOfBrowser(browser)) }
}

/** Resolves once neither the service nor a page has anything left to do of its start. */
async function settled(look: () => ReturnType<typeof cpuOf>): Promise<void> {
  let before = await look()
  await poll(async () => {
    await wait(SETTLING_MS)
    const now = await look()
    const used = now.service - before.service + now.renderer - before.renderer
    before = now
    return used < SETTLED_SECONDS ? true : undefined
  })
}

function rounded(value: number): number {
  return Math.round(1_000 * value) / 1_000
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
