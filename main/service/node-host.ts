import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TidekeepError } from '../../common/errors.ts'
import type { Clock, Host, Log, Paths, Random } from '../host.ts'
import { LOG_LEVELS, createLog, type LogLevel } from '../telemetry/log.ts'
import { RotatingFile } from '../telemetry/rotating-file.ts'
import { choosePaths } from './paths.ts'
import { createReveal } from './reveal.ts'
import { createSurroundings } from './surroundings.ts'
import { serviceFailureTexts } from './service-failure-texts.ts'

/** Options of {@link createNodeHost}. */
export interface NodeHostOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Over `TIDEKEEP_LOG_LEVEL`; `info` by default. */
  readonly logLevel?: LogLevel
  /** Also writes each line to standard error, for services whose journal is read. */
  readonly logToStderr?: boolean
  /** Over what the environment says. */
  readonly paths?: Paths
}

const LOG_FILE_BYTES = 10 * 1024 * 1024
const LOG_FILES = 5
/** Longest delay Node's timers take. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The machine as it is, without a desktop. Throws `invalid` for a log level there is not. */
export function createNodeHost(options: NodeHostOptions = {}): Host {
  const env = options.env ?? process.env
  const paths = options.paths ?? choosePaths({ env })
  const bootId = readBootId()
  const reveal = createReveal(process.platform, env)
  const log = openLog(paths, options.logLevel ?? levelOf(env['TIDEKEEP_LOG_LEVEL']), options.logToStderr ?? false)
  return {
    clock: systemClock,
    random: systemRandom,
    paths,
    notify: ({ id, title, body }) => log.info('notice', { id, title, body }),
    log,
    surroundings: createSurroundings({ platform: process.platform }),
    ...(bootId === undefined ? {} : { bootId }),
    ...(reveal === undefined ? {} : { reveal }),
  }
}

/** Linux only: elsewhere nothing that the system tells without a program of its own stays the same for certain. */
function readBootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}

function openLog(paths: Paths, level: LogLevel, toStderr: boolean): Log {
  const file = new RotatingFile({ path: join(paths.logs, 'tidekeep.log'), maxBytes: LOG_FILE_BYTES, files: LOG_FILES })
  return createLog({
    level,
    write: (line) => {
      file.write(line)
      if (toStderr) process.stderr.write(line)
    },
  })
}

function levelOf(text: string | undefined): LogLevel {
  if (text === undefined || text === '') return 'info'
  const level = LOG_LEVELS.find((candidate) => candidate === text.toLowerCase())
  if (level !== undefined) return level
  throw new TidekeepError({
    code: 'invalid',
    message: serviceFailureTexts.nodeHost.tidekeepLogLevelMustBe({
      LOGLEVELS: LOG_LEVELS.join(', '),
      text: JSON.stringify(text),
    }),
    fix: serviceFailureTexts.nodeHost.tidekeepLogLevelMustBeFix,
  })
}

/** Real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (delayMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return void reject(signal.reason as Error)
      const onAbort = (): void => {
        cancel()
        reject(signal!.reason as Error)
      }
      const cancel = startTimer(delayMs, () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      })
      signal?.addEventListener('abort', onAbort, { once: true })
    }),
  after: (delayMs, run) => startTimer(delayMs, run),
}

/** Node runs a longer timer at once; this one waits in pieces. */
function startTimer(delayMs: number, run: () => void): () => void {
  const endMs = performance.now() + Math.max(0, delayMs)
  let timer: NodeJS.Timeout
  const wait = (): void => {
    const leftMs = endMs - performance.now()
    timer = leftMs > LONGEST_TIMER_MS ? setTimeout(wait, LONGEST_TIMER_MS) : setTimeout(run, Math.max(0, leftMs))
  }
  wait()
  return () => clearTimeout(timer)
}

/** The system's cryptographic randomness. */
const systemRandom: Random = {
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  hex: (byteCount) => randomBytes(byteCount).toString('hex'),
}
