import { parseLocation } from '../../common/location.ts'
import type { BundlePart, Diagnosis, FolderView, StatusView } from '../../common/protocol.ts'
import type { FolderSettings, Settings } from '../../common/settings.ts'
import type { Job } from '../../common/model.ts'
import { redact } from '../telemetry/redact.ts'
import { redactLine } from './redact-line.ts'
import { diagnosisFailureTexts } from './diagnosis-failure-texts.ts'

/** What a bundle is made of. */
export interface BundleSources {
  readonly atMs: number
  readonly settings: Settings
  readonly status: StatusView
  readonly checks: readonly Diagnosis[]
  /** What failed for good or is held, some of it. */
  readonly jobs: readonly Job[]
  /** Lines as they are in the log. */
  readonly log: readonly string[]
}

/** Checks whose words tell of the machine only, never of files, folders or accounts. */
const IMPERSONAL: ReadonlySet<string> = new Set(['version', 'hashing', 'clock', 'file watching', 'service'])

/**
 * The parts of a support bundle. Without names, every part is made of what is listed here as harmless (numbers, words
 * of the program, random ids) and of nothing else; with names, texts go in as they are. Either way, what looks like a
 * secret is taken out once more.
 */
export function makeBundle(sources: BundleSources, withNames: boolean): readonly BundlePart[] {
  const parts: readonly BundlePart[] = [
    { name: 'check-up.txt', what: diagnosisFailureTexts.bundle.checkUp, text: checkUp(sources.checks, withNames) },
    {
      name: 'settings.json',
      what: diagnosisFailureTexts.bundle.settings,
      text: json(settingsOf(sources.settings, withNames)),
    },
    {
      name: 'status.json',
      what: diagnosisFailureTexts.bundle.status,
      text: json(statusOf(sources, withNames)),
    },
    {
      name: 'failures.json',
      what: diagnosisFailureTexts.bundle.failures,
      text: json(sources.jobs.map((job) => jobOf(job, withNames))),
    },
    {
      name: 'log.jsonl',
      what: diagnosisFailureTexts.bundle.log,
      text: sources.log.map((line) => `${withNames ? line : redactLine(line)}\n`).join(''),
    },
  ]
  return parts.map((part) => ({ ...part, text: part.text.split('\n').map(redact).join('\n') }))
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

function checkUp(checks: readonly Diagnosis[], withNames: boolean): string {
  return checks
    .map(({ name, state, message, fix }) => {
      if (withNames) return `${state} ${name}: ${message}${fix === undefined ? '' : `\n    ${fix}`}\n`
      // "source of Documents": what it is, without whose.
      const kind = name.replace(/ (of|inside) .*$/s, '')
      return `${state} ${kind}${IMPERSONAL.has(name) ? `: ${message}` : ''}\n`
    })
    .join('')
}

function settingsOf(settings: Settings, withNames: boolean): unknown {
  if (withNames) return settings
  const { folders, ignore, microsoftClientId, microsoftAuthority, microsoftGraph, ...rest } = settings
  return {
    ...plainMembers(rest),
    ignoreLines: ignore.length,
    hasMicrosoftClientId: microsoftClientId !== '',
    hasOwnMicrosoftCloud: !/microsoftonline\.com/.test(microsoftAuthority) || !/microsoft\.com/.test(microsoftGraph),
    folders: folders.map(folderOf),
  }
}

/** Numbers, switches and the one-word choices; a text that is none of these stays out. */
function plainMembers(settings: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(settings).filter(
      ([, value]) =>
        typeof value === 'number' ||
        typeof value === 'boolean' ||
        (typeof value === 'string' && /^(system|light|dark|forever)$/.test(value)),
    ),
  )
}

function folderOf({ id, mode, paused, ignore, target, s3 }: FolderSettings): unknown {
  return {
    id,
    mode,
    paused,
    ignoreLines: ignore.length,
    targetKind: parseLocation(target, (path) => path).scheme,
    ...(s3 === undefined
      ? {}
      : { s3: { hasEndpoint: (s3.endpoint ?? '') !== '', hasKeys: s3.accountId !== undefined } }),
  }
}

function statusOf({ atMs, status }: BundleSources, withNames: boolean): unknown {
  const at = new Date(atMs).toISOString()
  if (withNames) return { at, ...status }
  const { headline, version, pausedUntil, progress, transfers, attention } = status
  return {
    at,
    headline,
    version,
    isPaused: pausedUntil !== 0,
    progress,
    transfers: transfers.map(({ kind, bytesDone, bytesTotal }) => ({ kind, bytesDone, bytesTotal })),
    attention: attention.map(({ kind, folderId, count }) => ({ kind, folderId, count })),
    folders: status.folders.map(folderFigures),
  }
}

function folderFigures(folder: FolderView): unknown {
  const { id, mode, state, paused, files, bytes, pendingFiles, pendingBytes, held, holds, refused, dead, skipped } =
    folder
  const { problems, lastReconcileMs, lastChangeMs, coverage } = folder
  return {
    id,
    mode,
    state,
    paused,
    files,
    bytes,
    pendingFiles,
    pendingBytes,
    held,
    holds: holds.map(({ reason, count }) => ({ reason, count })),
    refused,
    dead,
    skipped,
    problems,
    lastReconcileMs,
    lastChangeMs,
    coverage: coverage.kind,
  }
}

function jobOf({ id, folderId, action, lane, state, attempts, failure, hold }: Job, withNames: boolean): unknown {
  return {
    id,
    folderId,
    kind: action.kind,
    lane,
    state,
    attempts,
    ...(failure === undefined ? {} : { code: failure.code }),
    ...(hold === undefined ? {} : { holdReason: hold.reason }),
    ...(withNames ? { path: action.path, message: failure?.message ?? hold?.message } : {}),
  }
}
