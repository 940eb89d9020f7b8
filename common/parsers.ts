import { z } from 'zod'
import { TidekeepError } from './errors.ts'
import { isAccountName } from './location.ts'
import {
  MAX_NAME_CHARS,
  MAX_PATH_CHARS,
  MAX_ROWS,
  byId,
  id,
  limit,
  nonEmpty,
  nothing,
  rowId,
  text,
  word,
} from './parsers/fields.ts'
import { restoreSchemas } from './parsers/restore.ts'
import { thawSchemas } from './parsers/thaw.ts'
import { conflictRule, conflictSchemas } from './parsers/conflicts.ts'
import type { Wording } from './messages/wording.ts'
import type { CallName, Params, Parsers } from './protocol.ts'
import { SETTING_KEYS, parseSetting } from './setting-values.ts'
import { saying, valueWordings } from './value-wordings.ts'

const texts = valueWordings
const FOREVER_MS = 100 * 366 * 86_400_000

const endpoint = text(2048).refine(isPlainEndpoint, saying(texts.field.endpoint))
const s3 = z.strictObject({
  endpoint: endpoint.exactOptional(),
  region: z.union([word, z.literal('')]).exactOptional(),
  pathStyle: z.boolean().exactOptional(),
  storageClass: z.union([word, z.literal('')]).exactOptional(),
  profile: text(MAX_NAME_CHARS).exactOptional(),
  accountId: id.exactOptional(),
})
const mode = z.enum(['backup', 'mirror', 'two-way'])
const ignoreLines = z.array(text(1000)).max(1000)
const alarmAfterMs = z.int().min(0).max(FOREVER_MS)
const newFolder = z.strictObject({
  path: nonEmpty(MAX_PATH_CHARS),
  target: nonEmpty(MAX_PATH_CHARS),
  name: text(MAX_NAME_CHARS).exactOptional(),
  mode: mode.exactOptional(),
  ignore: ignoreLines.exactOptional(),
  s3: s3.exactOptional(),
  adopt: z.strictObject({ comparePercent: z.number().min(0).max(100) }).exactOptional(),
  paused: z.boolean().exactOptional(),
  conflictRules: z.array(conflictRule).max(1000).exactOptional(),
  alarmAfterMs: alarmAfterMs.exactOptional(),
})
const newAccount = z.strictObject({
  kind: z.literal('s3'),
  accessKeyId: z.string().regex(/^[\x21-\x7e]{1,256}$/, saying(texts.field.accessKeyId)),
  secretAccessKey: z.string().regex(/^[\x21-\x7e]{1,1024}$/, saying(texts.field.secretAccessKey)),
})

const accountName = z.string().refine(isAccountName, saying(texts.field.account))

const jobState = z.enum(['queued', 'running', 'waiting', 'held', 'dead', 'refused', 'skipped'])
const holdReason = z.enum([
  'mass-delete',
  'mass-delete-here',
  'mass-overwrite',
  'mass-overwrite-here',
  'source-emptied',
  'source-replaced',
  'suspect',
])

/** More names than these in one sentence help nobody. */
const MOST_NAMED = 12

const schemas = {
  'status.get': nothing,
  'pause.set': z.strictObject({ durationMs: z.union([z.literal('forever'), z.int().min(1).max(FOREVER_MS)]) }),
  'pause.clear': nothing,
  'speed.lift': z.strictObject({ kind: z.enum(['limit', 'timetable', 'battery', 'metered']), lifted: z.boolean() }),
  'folders.list': nothing,
  'folders.add': newFolder,
  'folders.remove': byId,
  'folders.pause': byId,
  'folders.resume': byId,
  'folders.sync': z.strictObject({ id: id.exactOptional() }),
  'folders.decide': z.strictObject({
    id,
    answer: z.enum(['approve', 'keep', 'restore']),
    reason: holdReason.exactOptional(),
  }),
  'folders.alarm': z.strictObject({ id, afterMs: alarmAfterMs.exactOptional() }),
  'folders.prove': byId,
  'folders.change': z.strictObject({
    id,
    name: nonEmpty(MAX_NAME_CHARS).exactOptional(),
    mode: mode.exactOptional(),
    ignore: ignoreLines.exactOptional(),
  }),
  'folders.problems': z.strictObject({ id, limit }),
  'files.reveal': z.strictObject({ folderId: id, path: nonEmpty(MAX_PATH_CHARS) }),
  'files.digest': z.strictObject({ folderId: id, path: nonEmpty(MAX_PATH_CHARS) }),
  'rules.survey': z.strictObject({ id, ignore: ignoreLines }),
  'rules.explain': z.strictObject({ id, ignore: ignoreLines, path: nonEmpty(MAX_PATH_CHARS) }),
  'diagnostics.examine': nothing,
  'diagnostics.proofPrice': nothing,
  'diagnostics.log': z.strictObject({
    after: z
      .string()
      .regex(/^\d{1,20}:\d{1,15}$/, saying(valueWordings.field.logPlace))
      .exactOptional(),
  }),
  'diagnostics.bundle': z.strictObject({ withNames: z.boolean() }),
  'diagnostics.saveBundle': z.strictObject({ id, parts: z.array(word).min(1).max(20) }),
  'sources.suggest': nothing,
  'sources.browse': z.strictObject({ path: text(MAX_PATH_CHARS) }),
  'sources.measure': z.strictObject({ path: nonEmpty(MAX_PATH_CHARS) }),
  'targets.check': z.strictObject({ target: nonEmpty(MAX_PATH_CHARS), s3: s3.exactOptional() }),
  'targets.look': z.strictObject({ folderId: id, fresh: z.boolean() }),
  'targets.suggest': nothing,
  'plan.preview': newFolder,
  'queue.list': z.strictObject({
    state: z.union([jobState, z.array(jobState).min(1).max(jobState.options.length)]).exactOptional(),
    reason: holdReason.exactOptional(),
    folderId: id.exactOptional(),
    limit,
  }),
  'queue.retry': z.strictObject({ id: rowId.exactOptional() }),
  'queue.skip': z.strictObject({ id: rowId }),
  'queue.drop': z.strictObject({ id: rowId }),
  'activity.list': z.strictObject({ folderId: id.exactOptional(), before: rowId.exactOptional(), limit }),
  'activity.undo': z.strictObject({
    ids: z.array(rowId).max(MAX_ROWS).exactOptional(),
    folderId: id.exactOptional(),
    paths: z.array(text(MAX_PATH_CHARS)).max(MAX_ROWS).exactOptional(),
    last: limit.exactOptional(),
    sinceMs: z.number().min(0).exactOptional(),
    dryRun: z.boolean(),
    beside: z.boolean(),
  }),
  ...restoreSchemas,
  ...thawSchemas,
  'settings.get': nothing,
  'heartbeat.test': z.strictObject({ which: z.enum(['safe', 'failing']) }),
  'updates.get': nothing,
  'updates.check': nothing,
  'updates.install': nothing,
  'settings.set': z.strictObject({ key: z.enum(SETTING_KEYS), value: z.unknown() }),
  'language.get': nothing,
  'accounts.save': newAccount,
  'accounts.list': nothing,
  'accounts.signIn': z.strictObject({
    method: z.enum(['browser', 'device-code']),
    name: accountName.exactOptional(),
    tenant: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,127}$/, saying(texts.field.tenant))
      .exactOptional(),
  }),
  'accounts.signInState': byId,
  'accounts.endSignIn': byId,
  'accounts.look': z.strictObject({ name: accountName, fresh: z.boolean() }),
  'accounts.remove': z.strictObject({ name: accountName }),
  'accounts.goOn': nothing,
  ...conflictSchemas,
} satisfies { readonly [N in CallName]: z.ZodType }

/**
 * One parser for each call: exact keys, capped sizes. The table is also the allow-list of every
 * transport. Each throws `invalid` with a sentence that names the field and never repeats the input.
 */
export const parsers: Parsers = Object.freeze({
  ...(Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, (raw: unknown) => parse(name, schema, raw)]),
  ) as unknown as Parsers),
  'settings.set': (raw: unknown) => {
    const { key, value } = parse('settings.set', schemas['settings.set'], raw)
    return { key, value: parseSetting(key, value) }
  },
})

/** A call whose name and parameters were checked. */
export type ParsedCall = { readonly [N in CallName]: { readonly name: N; readonly params: Params<N> } }[CallName]

/** Checks what came over a transport. Throws `invalid` for a name that is not in the table or parameters its parser refuses. */
export function parseCall(name: unknown, raw: unknown): ParsedCall {
  if (typeof name !== 'string' || !Object.hasOwn(parsers, name)) {
    throw new TidekeepError({ code: 'invalid', message: texts.wire.noCall })
  }
  return { name, params: parsers[name as CallName](raw) } as ParsedCall
}

function parse<Schema extends z.ZodType>(call: string, schema: Schema, raw: unknown): z.output<Schema> {
  const parsed = schema.safeParse(plain(call, raw, 0))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw refused(call, describe(issue))
}

/** Copies plain values, leaves out undefined members, and refuses what JSON could not have carried. */
function plain(call: string, raw: unknown, depth: number): unknown {
  if (typeof raw !== 'object' || raw === null) return raw
  if (depth > 4) throw refused(call, texts.call.deep)
  if (Array.isArray(raw)) {
    if (raw.length > MAX_ROWS) throw refused(call, texts.call.longList)
    return raw.map((item) => plain(call, item, depth + 1))
  }
  const prototype: unknown = Object.getPrototypeOf(raw)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw refused(call, texts.call.notPlain)
  }
  const members = Object.entries(raw).filter(([, value]) => value !== undefined)
  if (members.length > 64 || members.some(([key]) => key === '__proto__')) {
    throw refused(call, texts.call.foreignFields)
  }
  return Object.fromEntries(members.map(([key, value]) => [key, plain(call, value, depth + 1)]))
}

function describe(issue: z.core.$ZodIssue | undefined): Wording {
  const field = (issue?.path ?? []).map(String).join('.').slice(0, 80)
  const subject = field === '' ? texts.call.parameters : `"${field}"`
  switch (issue?.code) {
    case 'unrecognized_keys':
      return texts.call.foreignField({ subject, field: (issue.keys[0] ?? '').slice(0, 40) })
    case 'invalid_type':
      return issue.expected === 'int'
        ? texts.call.wholeNumber({ subject })
        : texts.call.type({ subject, type: issue.expected })
    case 'too_big':
      return texts.call.large({ subject, most: String(issue.maximum) })
    case 'too_small':
      return issue.origin === 'string'
        ? texts.call.empty({ subject })
        : texts.call.small({ subject, least: String(issue.minimum) })
    case 'invalid_value':
      return texts.call.oneOf({
        subject,
        values: `${issue.values.slice(0, MOST_NAMED).map(String).join(', ')}${issue.values.length > MOST_NAMED ? ', …' : ''}`,
      })
    case 'custom':
    case 'invalid_format':
      return texts.call.custom({ subject, problem: issue.message })
    default:
      return texts.call.other({ subject })
  }
}

function refused(call: string, why: Wording): TidekeepError {
  return new TidekeepError({ code: 'invalid', message: texts.call.refused({ call, why }) })
}

/** Keys in an address would end up in settings and logs, so an endpoint is scheme, host, port and path only. */
function isPlainEndpoint(value: string): boolean {
  return value === '' || /^https?:\/\/[A-Za-z0-9.[\]:_-]+(\/[\w./-]*)?$/.test(value)
}
