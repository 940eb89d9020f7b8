import { z } from 'zod'
import { relPathProblem } from '../paths.ts'
import { MAX_PATH_CHARS, byId, id, nonEmpty, rowId, text } from './fields.ts'
import { saying, valueWordings } from '../value-wordings.ts'

const MAX_PATHS = 1000
const MAX_BARS = 1000
const MAX_PAGE_ROWS = 1000
/** Tokens are opaque: a path in the kept area, or a version id with the path. */
const MAX_TOKEN_CHARS = 2 * MAX_PATH_CHARS

const path = text(MAX_PATH_CHARS).refine(
  (value) => relPathProblem(value) === undefined,
  saying(valueWordings.field.innerPath),
)
const moment = z.number().min(0).max(8.64e15)
const limit = z.int().min(1).max(MAX_PAGE_ROWS)
const request = z.strictObject({
  id,
  paths: z.array(path).min(1).max(MAX_PATHS),
  token: nonEmpty(MAX_TOKEN_CHARS).exactOptional(),
  atMs: moment.exactOptional(),
  last: z.boolean().exactOptional(),
  to: z.union([
    z.strictObject({ kind: z.enum(['in-place', 'beside']) }),
    z.strictObject({ kind: z.literal('directory'), path: nonEmpty(MAX_PATH_CHARS) }),
  ]),
})

/** Of the calls of `restore` and `versions`. */
export const restoreSchemas = {
  'restore.open': z.strictObject({ folderId: id, again: z.boolean().exactOptional() }),
  'restore.timeline': byId,
  'restore.close': byId,
  'restore.moments': z.strictObject({
    id,
    fromMs: moment,
    toMs: moment,
    bars: z.int().min(1).max(MAX_BARS),
    limit,
  }),
  'restore.list': z.strictObject({
    id,
    path,
    atMs: moment.exactOptional(),
    gone: z.boolean().exactOptional(),
    again: z.boolean().exactOptional(),
    offset: rowId,
    limit,
  }),
  'restore.search': z.strictObject({ id, text: nonEmpty(200), after: rowId.exactOptional(), limit }),
  'restore.plan': request,
  'restore.start': request,
  'restore.run': byId,
  'restore.cancel': byId,
  'versions.list': z.strictObject({ id, path }),
  'versions.due': z.strictObject({ folderId: id }),
  'versions.preview': z.strictObject({ id, path, token: nonEmpty(MAX_TOKEN_CHARS) }),
}
