import { z } from 'zod'
import { MAX_NAME_CHARS, MAX_PATH_CHARS, id, limit, nonEmpty, nothing, rowId, text } from './fields.ts'
import { saying, valueWordings } from '../value-wordings.ts'

/** Longest pattern of a rule. */
const MAX_PATTERN_CHARS = 1000
/** More at once go by a query. */
const MAX_SHOWN = 1000

const version = z.string().regex(/^[0-9a-f]{32}$/, saying(valueWordings.field.version))
const digest = z.string().regex(/^[0-9a-f]{64}$/, saying(valueWordings.field.digest))
const look = z.string().regex(/^[0-9a-zA-Z-]{1,40}$/, saying(valueWordings.field.look))
const pattern = nonEmpty(MAX_PATTERN_CHARS)
const query = {
  folderId: id.exactOptional(),
  kind: z.enum(['edit-edit', 'create-create', 'type', 'rolled-back']).exactOptional(),
  scope: text(MAX_PATH_CHARS).exactOptional(),
}
const decision = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['keep-local', 'keep-remote']) }),
  z.strictObject({ kind: z.literal('keep-both'), as: nonEmpty(MAX_NAME_CHARS + 55).exactOptional() }),
  z.strictObject({ kind: z.literal('merge'), digest: digest.exactOptional() }),
])

/** A rule about conflicts. */
export const conflictRule = z.strictObject({
  pattern,
  resolution: z.enum(['keep-local', 'keep-remote', 'keep-both', 'newest']),
})

/** Of the calls about conflicts. */
export const conflictSchemas = {
  'conflicts.list': z.strictObject({
    ...query,
    state: z.enum(['unresolved', 'resolved']),
    after: rowId.exactOptional(),
    limit,
  }),
  'conflicts.count': z.strictObject({ ...query, pattern: pattern.exactOptional() }),
  'conflicts.show': z.strictObject({ id: rowId, fetch: z.boolean().exactOptional(), look: look.exactOptional() }),
  'conflicts.leave': z.strictObject({ look }),
  'conflicts.resolve': z.strictObject({
    decision,
    conflicts: z
      .array(z.strictObject({ id: rowId, local: version, remote: version }))
      .min(1)
      .max(MAX_SHOWN)
      .exactOptional(),
    query: z.strictObject({ ...query, pattern: pattern.exactOptional() }).exactOptional(),
    seen: version.exactOptional(),
    dryRun: z.boolean(),
  }),
  'conflicts.undo': z.strictObject({ ids: z.array(rowId).min(1).max(MAX_SHOWN) }),
  'conflicts.rules': nothing,
  'conflicts.addRule': z.strictObject({
    folderId: id,
    rule: conflictRule,
  }),
  'conflicts.removeRule': z.strictObject({ folderId: id, pattern }),
}
