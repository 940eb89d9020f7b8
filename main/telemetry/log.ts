import { pino } from 'pino'
import type { Log, LogFields } from '../host.ts'
import { REDACTED, cleanText, isSecretName } from './redact.ts'

/** As `TIDEKEEP_LOG_LEVEL` takes them. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
/** From the most to the least telling. */
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** Options of {@link createLog}. */
export interface LogOptions {
  /** Lines below it are not written; `info` by default. */
  readonly level?: LogLevel
  /** Gets whole JSON lines, each ending with a newline. Must not throw. */
  readonly write: (line: string) => void
}

/** Members every line has; a field of the same name is written with `_` after it. */
const RESERVED = new Set(['time', 'level', 'event'])

/**
 * A log of JSON lines: `time`, `level`, `event` and the fields. Values are primitives; anything else
 * a caller smuggled past the types is left out. Every text is cleaned, see {@link cleanText}.
 */
export function createLog({ level = 'info', write }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  )
  return {
    debug: (event, fields) => logger.debug(clean(fields), cleanText(event)),
    info: (event, fields) => logger.info(clean(fields), cleanText(event)),
    warn: (event, fields) => logger.warn(clean(fields), cleanText(event)),
    error: (event, fields) => logger.error(clean(fields), cleanText(event)),
  }
}

function clean(fields: LogFields = {}): Record<string, string | number | boolean> {
  const result: Record<string, string | number | boolean> = {}
  for (const [name, value] of Object.entries(fields)) {
    const safe = cleanValue(name, value)
    if (safe !== undefined) result[RESERVED.has(name) ? `${name}_` : cleanText(name)] = safe
  }
  return result
}

function cleanValue(name: string, value: unknown): string | number | boolean | undefined {
  if (value === undefined) return undefined
  if (isSecretName(name)) return REDACTED
  if (typeof value === 'string') return cleanText(value)
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return '[left out]'
}
